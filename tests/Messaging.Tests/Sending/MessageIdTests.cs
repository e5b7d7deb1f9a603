using Engagement.Messaging.Sending;

namespace Engagement.Messaging.Tests.Sending;

public class MessageIdTests
{
    [Theory]
    [InlineData("thank-you/order-1001", "demo", "thank-you.order-1001.demo@demo.example")]
    [InlineData("shipped/order-1001/p-1", "demo", "shipped.order-1001.p-1.demo@demo.example")]
    [InlineData("thank-you/order-e481f51cbdc54678b7cc49136f2d6af7", "demo", "thank-you.order-e481f51cbdc54678b7cc49136f2d6af7.demo@demo.example")]
    [InlineData("thank-you/order-#10.01/b c", "my-shop.it", "thank-you.order-_2310_2E01.b_20c.my-shop_2Eit@demo.example")]
    [InlineData("thank-you/order-è\r\n>", "demo", "thank-you.order-_C3_A8_0D_0A_3E.demo@demo.example")]
    public void It_is_named_after_the_message_s_key(string key, string tenant, string expected) => Id(key, tenant).ShouldBe(expected);

    [Fact]
    public void Two_mails_never_share_one()
    {
        string[] parts =
        [
            "", "_", "__", "-", "--", "/", "//", "a", "A", "a/", "/a", "a/b", "a-b", "a-/b", "a/-b", "a/b-c", "a-b/c", "a/b/c", "a_2Db", "a.b", "a_2Eb", "a..b", "a b",
            "è", "e\u0300", new('x', 64), new('x', 65), new('x', 100), new('x', 101), string.Join('/', Enumerable.Repeat("part", 60)), string.Join('/', Enumerable.Repeat("part", 61)),
            "_h" + new string('0', 32),
        ];
        var all = from key in parts from tenant in parts select Id(key, tenant);
        all.ShouldBeUnique();
        all.ShouldAllBe(id => id.Length < 220 && id.All(c => char.IsAsciiLetterOrDigit(c) || "._-@".Contains(c)));
        all.ShouldAllBe(id => !id.Contains("..") && !id.Contains(".@"));
    }

    private static string Id(string key, string tenant) => MessageId.For(new(key), tenant, "demo.example");
}
