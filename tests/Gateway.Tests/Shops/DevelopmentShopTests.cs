using Engagement.Testing;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Shops;

public sealed class DevelopmentShopTests(PostgresFixture postgres)
{
    [Fact]
    public async Task In_development_a_shop_and_its_key_are_made_and_told_to_the_tools()
    {
        await using var gateway = await Open(postgres, "Development");
        var file = Path.Combine(gateway.Home, "dev.env");
        await gateway.Until(() => Task.FromResult(File.Exists(file) && File.ReadAllText(file).EndsWith('\n')), "dev.env is written");

        var told = (await File.ReadAllLinesAsync(file)).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

        told["ENGAGEMENT_ADMIN_KEY"].ShouldBe(AdminKey);
        told["ENGAGEMENT_URL"].ShouldBe(gateway.Client.BaseAddress!.ToString().TrimEnd('/'));
        (await gateway.PublishAs(told["ENGAGEMENT_API_KEY"], OneOfEach())).ThenTaken(accepted: 12, repeats: 0);
        (await gateway.SentTo("orders"))[0].Tenant.ShouldBe("demo");
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await gateway.Dump()).ShouldNotContain(told["ENGAGEMENT_API_KEY"]);
    }

    [Fact]
    public async Task Elsewhere_no_shop_is_made()
    {
        await using var gateway = await Open(postgres);

        File.Exists(Path.Combine(gateway.Home, "dev.env")).ShouldBeFalse();
        (await gateway.Scalar<long>("select count(*) from gateway.mt_doc_registeredshop")).ShouldBe(0);
    }
}
