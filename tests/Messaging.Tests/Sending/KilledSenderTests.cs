using System.Diagnostics;
using Engagement.Contracts;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Sending;

/// <summary>Processes that end, or stand still, amid 500 mails: what may be repeated, and that nothing else is.</summary>
[Trait("Category", "Long")]
public sealed class KilledSenderTests(PostgresFixture postgres)
{
    private const int Asked = 500;

    [Fact]
    public async Task When_a_process_is_killed_only_what_it_had_sent_and_not_recorded_is_repeated()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await using var messaging = await AllAsked();
        await using (var first = new Running(messaging, server))
        {
            await Taken(server, 100);
            await server.AnswerAsync(RealSmtpServer.TheDot, RealSmtpServer.Hold, RealSmtpServer.Hold);
            await Taken(server, 200);
            await first.Signal("KILL");
            await first.Ended;
        }

        var underWay = await UnderWay(messaging);
        await server.ReleaseAsync();
        await using var second = new Running(messaging, server);
        await AllSent(messaging);
        await second.Stop();

        var repeated = Repeated(await server.MailsAsync());
        repeated.ShouldBeSubsetOf(underWay);
        (await server.MailsAsync()).Where(mail => mail.Answer == RealSmtpServer.Hold).Select(mail => mail.MessageId).ShouldBeSubsetOf(repeated);
    }

    [Fact]
    public async Task A_process_that_stood_still_for_longer_than_its_lease_sends_nothing_that_another_has_taken_over()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await using var messaging = await AllAsked();
        await using var first = new Running(messaging, server);
        await Taken(server, 100);
        await server.AnswerAsync("RCPT", RealSmtpServer.Hold, RealSmtpServer.Hold);   // these two get no further
        await Taken(server, 200);
        await first.Signal("STOP");
        var underWay = await UnderWay(messaging);
        underWay.Length.ShouldBeGreaterThanOrEqualTo(2);
        await server.ReleaseAsync();

        await using (var second = new Running(messaging, server))
        {
            await AllSent(messaging);
            await second.Stop();
        }

        await first.Signal("CONT");
        await first.Stop();   // which ends what is under way

        Repeated(await server.MailsAsync()).ShouldBeSubsetOf(underWay);
        (await messaging.SentTo("gateway")).Count.ShouldBe(Asked);
    }

    /// <summary>A host that hands them to the deliveries, and leaves those to others.</summary>
    private async Task<ServiceHost> AllAsked()
    {
        var messaging = await Open(postgres, services =>
        {
            var worker = services.Single(service => service.ImplementationFactory?.GetType().GenericTypeArguments[1] == typeof(DeliveryWorker<MailChannel>)
                && service.ServiceType == typeof(IHostedService));
            services.Remove(worker);
        });
        await messaging.Seen(Giulia);
        await messaging.Tell([.. Enumerable.Range(0, Asked).Select(i => For($"{i}", Giulia))]);
        await messaging.Until(async () => await messaging.Scalar<long>("select count(*) from messaging.deliveries") == Asked, "all are asked for");
        return messaging;
    }

    private static Task Taken(RealSmtpServer server, int mails) => Eventually.BecomesTrueAsync(() => server.Taken >= mails, $"{mails} mails are taken");

    private static Task AllSent(ServiceHost messaging) => Eventually.BecomesTrueAsync(
        async () => await messaging.Scalar<long>("select count(*) from messaging.deliveries") == 0, "all mails are sent and recorded");

    /// <summary>The Message-IDs of the mails that are leased.</summary>
    private static async Task<string[]> UnderWay(ServiceHost messaging)
    {
        var leased = await messaging.Scalar<string[]>("select coalesce(array_agg(id), '{}') from messaging.deliveries where owner is not null");
        return [.. leased.Select(id => MessageIdOf(id.Replace("message/thank-you/order-", "", StringComparison.Ordinal)))];
    }

    /// <summary>Each was taken, the same to the byte whenever it was, and at most twice.</summary>
    /// <returns>The Message-IDs of those that were taken twice.</returns>
    private static string[] Repeated(IReadOnlyList<TakenMail> mails)
    {
        var each = mails.GroupBy(mail => mail.MessageId).ToList();
        each.Select(copies => copies.Key).ShouldBe(Enumerable.Range(0, Asked).Select(i => MessageIdOf($"{i}")), ignoreOrder: true);
        each.ShouldAllBe(copies => copies.Count() <= 2 && copies.All(copy => copy.IsRepeatOf(copies.First())));
        return [.. each.Where(copies => copies.Count() > 1).Select(copies => copies.Key)];
    }

    private static string MessageIdOf(string order) => MessageId.For(new($"thank-you/order-{order}"), ServiceHost.Tenant, "demo.example");

    /// <summary>The service's own program as a process, with a lease of 30 s.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly Process _process;

        public Running(ServiceHost messaging, RealSmtpServer server)
        {
            var start = new ProcessStartInfo("dotnet", [typeof(MailChannel).Assembly.Location]) { RedirectStandardOutput = true, WorkingDirectory = messaging.Home };
            (string Name, string Value)[] settings =
            [
                .. server.Settings, ("Smtp:Timeout", "00:00:02"), ("Smtp:AnswerTimeout", "00:00:01"),
                ($"ConnectionStrings:{EventSourcing.ConnectionName}", messaging.ConnectionString),
                ($"ConnectionStrings:{PersonalDataRegistration.ConnectionName}", messaging.KeysConnectionString),
                (MasterKey.Setting, "a master key for the tests"), (InternalSignature.Setting, ServiceHost.Secret), (PageLinks.KeySetting, ServiceHost.PageKey),
                ("Engagement:Home", messaging.Home), (PageLinks.UrlSetting, "https://shop.example"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"),
            ];
            foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => TestContext.Current.SendDiagnosticMessage(line.Data ?? "");
            _process.BeginOutputReadLine();
        }

        public Task Ended => _process.WaitForExitAsync(TestContext.Current.CancellationToken);

        public async Task Signal(string signal)
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            kill.ExitCode.ShouldBe(0);
        }

        public async Task Stop()
        {
            await Signal("TERM");
            await Ended;
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();   // nothing where it has ended
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
