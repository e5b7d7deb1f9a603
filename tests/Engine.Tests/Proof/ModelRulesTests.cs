using System.Diagnostics;
using System.Text.RegularExpressions;
using Engagement.Engine.Tests.Hosting;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Engine.Tests.Proof;

public sealed record ByFullName(string ParcelSagaId);

public sealed record ByShortName(string ParcelId);

public sealed record BySagaId(string SagaId);

public sealed record ById(string Id);

public sealed record ByMark([property: SagaIdentity] string Anything, string ParcelSagaId);

public sealed record ByMarkedParameter([SagaIdentity] string Anything, string ParcelSagaId);

public sealed record ByPrecedence(string Id, string SagaId, string ParcelId, string ParcelSagaId);

public sealed record Typed(Key ParcelId);

public readonly record struct Key(string Value)
{
    public override string ToString() => Value;
}

/// <summary>
/// The rules that running the programming model on the real packages taught. Others of them are told by <c>ConventionsTests</c> (two handlers),
/// <c>SagaTests</c> (starts, late and superseded timers), <c>SendingTests</c> (tenants), <c>StreamTests</c> (expected versions, second starts),
/// <c>StoredShapeTests</c> (aliases) and <c>WakingTests</c> (timers in time).
/// </summary>
public sealed partial class ModelRulesTests(PostgresFixture postgres)
{
    private const string Id = "p-1";

    public static TheoryData<object> MessagesForOneSaga =>
    [
        new ByFullName(Id), new ByShortName(Id), new BySagaId(Id), new ById(Id), new ByMark(Id, "another"), new ByMarkedParameter(Id, "another"),
        new ByPrecedence("another", "another", "another", Id), new Typed(new Key(Id)),
    ];

    [Theory]
    [MemberData(nameof(MessagesForOneSaga))]
    public void A_saga_is_found_by_its_name_on_the_message(object message) =>
        Engagement.Bus.SagaIdentity.Of(typeof(ParcelSaga), message.GetType())!(message).ShouldBe(Id);

    [Fact]
    public void A_saga_and_a_handler_of_one_message_end_the_start() =>
        Should.Throw<InvalidHandlerException>(() => HandlerGraph.Find([typeof(ParcelSaga), typeof(ByIdHandler)], new ServiceCollection()))
            .Message.ShouldStartWith("ById has two handlers");

    [Fact]
    public void Two_sagas_of_one_message_end_the_start() =>
        Should.Throw<InvalidHandlerException>(() => HandlerGraph.Find([typeof(ParcelSaga), typeof(OtherSaga)], new ServiceCollection()))
            .Message.ShouldStartWith("ById has two handlers");

    [Fact]
    public async Task InvokeAsync_answers_with_the_first_value_and_the_rest_cascades()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["answer"] = (_, _, _, _) => Task.FromResult<object?>((new Bus.Reminded("answer"), new Leave("rest", 1), new Leave("rest", 2)));

        var answer = await shop.WithBus(bus => bus.InvokeAsync<Bus.Reminded>(new Act("answer")));
        await shop.Drain();

        answer.ShouldBe(new Bus.Reminded("answer"));
        (await shop.Column<int>("select no from effects order by id")).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Tenanted_tables_have_the_tenant_first_in_their_keys()
    {
        await using var shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync())
        {
            Store = store => (store.Events.TenancyStyle, store.Events.StreamIdentity) = (TenancyStyle.Conjoined, StreamIdentity.AsString),
        });

        (await shop.Column<string>(
            """
            select c.conrelid::regclass || ': ' || string_agg(a.attname, ', ' order by k.at)
            from pg_constraint c cross join unnest(c.conkey) with ordinality k(col, at) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.col
            where c.contype = 'p' and c.connamespace = 'shop'::regnamespace and exists
                (select from pg_attribute t where t.attrelid = c.conrelid and t.attname = 'tenant_id') and c.conrelid <> 'shop.mt_events'::regclass
            group by c.conrelid order by 1
            """)).ShouldAllBe(key => key.Contains(": tenant_id, id"));
    }

    /// <summary>The model lies beside the repository where it is checked against the real packages; the project does not need it.</summary>
    [Fact]
    [Trait("Category", "Long")]
    public async Task The_model_s_own_files_print_here_what_they_printed_on_the_real_packages()
    {
        var model = Repository.Shared("model");
        Assert.SkipWhen(model is null, "There is no ../shared/model.");
        using var folder = new ScratchFolder();
        string Engine(string name) => Path.Combine(AppContext.BaseDirectory, name);
        await File.WriteAllTextAsync(folder["Model.csproj"],
            $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{model}/*.cs" Exclude="{model}/Stack.reference.cs" />
                <Reference Include="{Engine("Engagement.Bus.dll")};{Engine("Engagement.EventStore.dll")};{Engine("Npgsql.dll")}" />
              </ItemGroup>
            </Project>
            """);

        await Run("dotnet", ["build", folder["Model.csproj"], "-v", "q", "-o", folder["out"]]);
        var printed = await Run("dotnet", [Path.Combine(folder["out"], "Model.dll"), await postgres.CreateDatabaseAsync()]);

        Lines(Times().Replace(printed, "<time>")).ShouldBe(Lines(await File.ReadAllTextAsync(Path.Combine(model, "expected.txt"))));
    }

    private static string[] Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    private static async Task<string> Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["Logging__LogLevel__Default"] = "None", ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "None" },
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, output);
        return output;
    }

    [GeneratedRegex(@"\d[\d./-]+ \d\d?[:.]\d\d[:.]\d\d( [AP]M)? [+-]\d\d:\d\d|\b\d\d:\d\d:\d\d\b")]
    private static partial Regex Times();

    internal sealed class ParcelSaga : Saga
    {
        public string Id { get; set; } = "";

        public void StartOrHandle(ById _) => MarkCompleted();
    }

    internal sealed class OtherSaga : Saga
    {
        public string Id { get; set; } = "";

        public void StartOrHandle(ById _) => MarkCompleted();
    }

    internal static class ByIdHandler
    {
        public static void Handle(ById _)
        {
        }
    }
}
