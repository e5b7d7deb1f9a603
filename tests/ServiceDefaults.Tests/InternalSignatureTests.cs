namespace Engagement.ServiceDefaults.Tests;

public sealed class InternalSignatureTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);
    private readonly InternalSignature _signature = new(TestHost.Secret);

    [Fact]
    public void A_call_is_taken_as_it_was_signed() => Verify(Sign()).ShouldBeTrue();

    [Theory]
    [InlineData(60, true)]
    [InlineData(-60, true)]
    [InlineData(61, false)]
    [InlineData(-61, false)]
    public void A_signature_is_good_for_a_minute_either_way(int seconds, bool expected) =>
        Verify(Sign(), now: Noon.AddSeconds(seconds)).ShouldBe(expected);

    [Fact]
    public void A_signature_is_good_for_nothing_else()
    {
        Verify(Sign(), method: "DELETE").ShouldBeFalse();
        Verify(Sign(), target: "/orders/2?full=true").ShouldBeFalse();
        Verify(Sign(), target: "/orders/1?full=false").ShouldBeFalse();
        Verify(Sign(), tenant: "other").ShouldBeFalse();
        new InternalSignature("another shared secret").Verify(Sign(), "GET", "/orders/1?full=true", "demo", Noon).ShouldBeFalse();
    }

    [Fact]
    public void A_part_of_the_path_can_not_pass_for_the_shop() =>
        _signature.Verify(_signature.Sign("GET", "/a", "b.c", Noon), "GET", "/a.b", "c", Noon).ShouldBeFalse();

    [Theory]
    [InlineData("")]
    [InlineData("t=1768219200")]
    [InlineData("v1=AAAA,t=1768219200")]
    [InlineData("t=-1,v1=AAAA")]
    [InlineData("t=99999999999999999999,v1=AAAA")]
    [InlineData("t=1768219200,v1=")]
    [InlineData("t=1768219200,v1=AAAA")]
    [InlineData("t=1768219200,v1=!!!!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_signature_is_refused(string header) => Verify(header).ShouldBeFalse();

    [Fact]
    public void Every_changed_character_is_refused()
    {
        var header = Sign();
        for (var i = 0; i < header.Length - 1; i++)   // the last one carries spare bits
        {
            var changed = header[..i] + (header[i] == 'A' ? 'B' : 'A') + header[(i + 1)..];
            Verify(changed).ShouldBeFalse(changed);
        }
    }

    [Fact]
    public void A_short_secret_is_refused() => Should.Throw<ArgumentException>(() => new InternalSignature("short")).Message.ShouldContain("Internal:Secret");

    private string Sign() => _signature.Sign("GET", "/orders/1?full=true", "demo", Noon);

    private bool Verify(string header, string method = "GET", string target = "/orders/1?full=true", string tenant = "demo", DateTimeOffset? now = null) =>
        _signature.Verify(header, method, target, tenant, now ?? Noon);
}
