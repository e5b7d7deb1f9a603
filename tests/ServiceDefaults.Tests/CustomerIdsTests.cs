using Engagement.Contracts;

namespace Engagement.ServiceDefaults.Tests;

public sealed class CustomerIdsTests
{
    private readonly CustomerIds _ids = new(new MasterKey("a master key for tests"));

    [Theory]
    [InlineData(" Giulia.Bianchi@Example.IT ", "giulia.bianchi@example.it")]
    [InlineData("info@bücher.example", "INFO@xn--bcher-kva.example")]
    [InlineData("josé@example.it", "jose\u0301@example.it")]
    public void One_address_is_one_guest_however_it_is_written(string one, string other) =>
        _ids.ForGuest("demo", one).ShouldBe(_ids.ForGuest("demo", other));

    [Fact]
    public void A_guest_differs_by_shop_by_address_and_by_master_key()
    {
        CustomerId[] ids =
        [
            _ids.ForGuest("demo", "a@example.it"),
            _ids.ForGuest("other", "a@example.it"),
            _ids.ForGuest("demo", "b@example.it"),
            new CustomerIds(new MasterKey("another master key")).ForGuest("demo", "a@example.it"),
        ];

        ids.Distinct().Count().ShouldBe(4);
        ids[0].Value.ShouldMatch("^guest-[0-9a-f]{32}$");
    }

    [Fact]
    public void What_is_no_domain_still_gives_an_id() => _ids.ForGuest("demo", "a@-.-..x").Value.ShouldStartWith("guest-");

    [Fact]
    public void A_short_master_key_is_refused() => Should.Throw<ArgumentException>(() => new MasterKey("too short")).Message.ShouldContain("16 characters");
}
