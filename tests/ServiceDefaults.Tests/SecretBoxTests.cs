using System.Security.Cryptography;

namespace Engagement.ServiceDefaults.Tests;

public sealed class SecretBoxTests
{
    private static readonly SecretBox Box = new(new MasterKey("a master key for the tests"));

    [Fact]
    public void A_secret_is_read_again_for_what_it_was_kept_for_and_by_the_same_master_alone()
    {
        var kept = Box.Seal("demo\nendpoint 1", "whsec_abc");

        Box.Open("demo\nendpoint 1", kept).ShouldBe("whsec_abc");
        kept.ShouldNotContain("whsec");
        Should.Throw<CryptographicException>(() => Box.Open("demo\nendpoint 2", kept));
        Should.Throw<CryptographicException>(() => new SecretBox(new MasterKey("another master key")).Open("demo\nendpoint 1", kept));
    }
}
