using Engagement.Hosting;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Tools.Tests.Migrate;

[Collection(OneServer.Name)]
public sealed class MigrateCommandTests(PostgresFixture server)
{
    [Fact]
    public async Task It_says_that_it_is_done()
    {
        var run = await RunAsync($"--ConnectionStrings:postgres={server.ConnectionString}");

        run.ShouldBe(new Command.Result(0, "The databases are up to date."));
    }

    [Fact]
    public async Task Without_a_server_it_says_how_to_name_one()
    {
        var run = await RunAsync();

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBe("Say which server to migrate, as its administrator: ConnectionStrings__postgres=Host=…;Username=…;Password=…");
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=postgres;Password=secret", 1, "The databases could not be migrated: Failed to connect to 127.0.0.1:1")]
    [InlineData("nonsense", 2, "ConnectionStrings__postgres can't be understood: ")]
    [InlineData("Host=127.0.0.1;Colour=red;Password=secret", 2, "ConnectionStrings__postgres can't be understood: ")]
    [InlineData("Port=many;Password=secret", 2, "ConnectionStrings__postgres can't be understood: ")]
    [InlineData("Username=postgres;Password=secret", 2, "ConnectionStrings__postgres can't be understood: ")]
    public async Task A_server_that_can_not_be_reached_is_one_sentence(string connection, int exitCode, string sentence)
    {
        var run = await RunAsync($"--ConnectionStrings:postgres={connection}");

        run.ExitCode.ShouldBe(exitCode);
        run.Output.ShouldStartWith(sentence);
        run.Output.ShouldNotContain('\n');
        run.Output.ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_wrong_password_is_one_sentence()
    {
        var run = await RunAsync($"--ConnectionStrings:postgres={new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "wrong" }}");

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldBe("The databases could not be migrated: 28P01: password authentication failed for user \"postgres\"");
    }

    private static Task<Command.Result> RunAsync(params string[] args) =>
        Command.RunAsync(["dotnet", Path.Combine(AppContext.BaseDirectory, "Engagement.Migrate.dll"), .. args], TestContext.Current.CancellationToken);
}
