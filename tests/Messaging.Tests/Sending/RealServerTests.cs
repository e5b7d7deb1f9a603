using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Sending;

/// <summary>The whole service against somebody else's SMTP server.</summary>
public sealed class RealServerTests(PostgresFixture postgres)
{
    private static readonly RaiseStaffTask Undeliverable = TaskFor("undeliverable", StaffTaskKind.Undeliverable, Giulia, Noon);
    private static readonly TimeSpan AnswerTimeout = new SmtpOptions().AnswerTimeout;

    [Fact]
    public async Task A_mail_arrives_as_it_was_composed()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await using var messaging = await OpenWith(server);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var mail = (await server.MailsAsync()).ShouldHaveSingleItem();
        (mail.Sender, mail.To.ShouldHaveSingleItem()).ShouldBe(("ciao@demo.example", Email));
        Approved.Match(mail.Content.ReplaceLineEndings("\n"), "thank-you-as-sent");
    }

    [Fact]
    public async Task Lines_that_begin_with_dots_arrive_as_they_were()
    {
        await using var server = await RealSmtpServer.StartAsync();
        using var transport = new SmtpTransport(new SmtpOptions { Host = "127.0.0.1", Port = server.Port }, TimeProvider.System);
        const string dotted = "Message-ID: <dots@demo.example>\r\n\r\n.\r\n..\r\n.a\r\nb.\r\n...\r\n";
        Mailbox.TryCreate("ciao@demo.example", null, out var from).ShouldBeTrue();
        Mailbox.TryCreate(Email, null, out var to).ShouldBeTrue();

        await transport.SendAsync(new OutgoingMail("dots@demo.example", from!, to!, Encoding.ASCII.GetBytes(dotted)), _ => Task.FromResult(true), default);

        (await server.MailsAsync()).ShouldHaveSingleItem().Content.ShouldBe(dotted);
    }

    [Fact]
    public async Task Many_mails_go_out_once_each_over_a_few_connections()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await using var messaging = await OpenWith(server);
        await messaging.Tell([.. Asked(100)]);
        await messaging.Drain();

        Ids(await server.MailsAsync()).ShouldBe(MailsOf(100), ignoreOrder: true);
        server.Connections.ShouldBeLessThanOrEqualTo(new SmtpOptions().MaxConnections);
    }

    [Theory]
    [InlineData("PLAIN", "LOGIN")]
    [InlineData("LOGIN", "PLAIN")]
    public async Task Where_the_server_asks_for_it_we_encrypt_and_log_in(string mechanism, string without)
    {
        using var certificate = FakeSmtpServer.SelfMadeCertificate();
        await using var server = await RealSmtpServer.StartAsync(certificate, ["shop", "sècret"], without);
        await using var messaging = await OpenWith(
            server, services => services.Configure<SmtpOptions>(smtp =>
                smtp.CertificateCheck = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString()),
            ("Smtp:Security", "StartTls"), ("Smtp:User", "shop"), ("Smtp:Password", "sècret"));
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var mail = (await server.MailsAsync()).ShouldHaveSingleItem();
        (mail.Encrypted, mail.User).ShouldBe((true, $"shop by {mechanism}"));
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData(RealSmtpServer.TheDot)]
    public async Task A_mail_that_the_server_puts_off_goes_out_once_after_the_wait(string step)
    {
        await using var server = await RealSmtpServer.StartAsync();
        await server.AnswerAsync(step, "451 4.7.1 come again");
        await using var messaging = await OpenWith(server);
        var began = messaging.Real.GetUtcNow();
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        Ids(await server.MailsAsync()).ShouldBe(MailsOf(ThankYou));
        (messaging.Real.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(1));   // a busy machine polls on
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData(RealSmtpServer.TheDot)]
    public async Task A_mail_that_the_server_refuses_is_a_task_for_a_person_and_never_tried_again(string step)
    {
        await using var server = await RealSmtpServer.StartAsync();
        await server.AnswerAsync(step, "554 5.6.0 no");
        await using var messaging = await OpenWith(server);
        await messaging.Tell(ThankYou);
        await messaging.Drain();
        messaging.Real.Advance(TimeSpan.FromDays(1));
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        (await server.MailsAsync()).ShouldBeEmpty();   // it would have taken a second attempt
        (await messaging.StaffTasks()).ShouldBe([Undeliverable]);
    }

    [Fact]
    public async Task After_ten_minutes_without_a_server_every_mail_goes_out_once_and_soon()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await using var messaging = await OpenWith(server);
        await messaging.Tell(For("before", Giulia));
        await messaging.Drain();
        await server.LeaveAsync();
        await messaging.Tell([.. Asked(30)]);
        await messaging.Until(async () => await Waiting(messaging) == 30 && await Waiting(messaging, "attempt > 0 and owner is null") > 0, "some have failed");
        var returns = messaging.Real.GetUtcNow() + TimeSpan.FromMinutes(10);
        while (messaging.Real.GetUtcNow() < returns)
        {
            messaging.Real.Advance(TimeSpan.FromSeconds(1));
            await messaging.Until(async () => await Waiting(messaging, "owner is not null") == 0, "no attempt is under way");
        }

        await server.ReturnAsync();
        messaging.Real.Advance(TimeSpan.FromSeconds(60));   // the longest pause
        await messaging.Until(async () => await Waiting(messaging, $"due_at <= '{messaging.Real.GetUtcNow():O}'") == 0, "those that had not failed, and most that had");
        await messaging.Drain();

        Ids(await server.MailsAsync()).ShouldBe([.. MailsOf(For("before", Giulia)), .. MailsOf(30)], ignoreOrder: true);
        (messaging.Real.GetUtcNow() - returns).ShouldBeLessThan(TimeSpan.FromMinutes(2));   // a pause, and the wait of those that had failed
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_finds_it_too_much_is_left_alone_for_a_while_by_all_mails()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await server.AnswerAsync("MAIL", "451 4.7.1 too much mail from you");
        await using var messaging = await OpenWith(server);
        await messaging.Tell(For("first", Giulia));
        await messaging.Until(async () => await Waiting(messaging, "attempt = 1 and owner is null") == 1, "it is put off");
        await messaging.Tell([.. Asked(20)]);
        await messaging.Until(async () => await Waiting(messaging) == 21, "the others come");
        messaging.Services.GetRequiredService<DeliveryWaker>().Wake();
        (await server.MailsAsync()).ShouldBeEmpty();

        messaging.Real.Advance(TimeSpan.FromSeconds(1));
        await messaging.Until(() => Task.FromResult(server.Taken == 20), "the others go out after it");
        await messaging.Drain();
        Ids(await server.MailsAsync()).ShouldBe([.. MailsOf(20), .. MailsOf(For("first", Giulia))], ignoreOrder: true);
    }

    [Fact]
    public async Task No_more_mails_leave_in_a_second_than_the_server_allows()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await using var messaging = await OpenWith(server, null, ("Smtp:MaxPerSecond", "4"));
        await messaging.Tell([.. Asked(20)]);
        await messaging.Until(async () => await messaging.StateOf(Asked(20).Last()) == MessageState.Released, "all are asked for");

        for (var mails = 1; mails <= 20; mails++)
        {
            await messaging.Until(async () => server.Taken >= mails && await Waiting(messaging) == 20 - mails, $"{mails} go out");
            (await Waiting(messaging, "attempt > 0")).ShouldBe(0);
            messaging.Real.Advance(TimeSpan.FromMilliseconds(250));
        }

        Ids(await server.MailsAsync()).ShouldBe(MailsOf(20), ignoreOrder: true);
    }

    [Theory]
    [InlineData(RealSmtpServer.Cut)]
    [InlineData(RealSmtpServer.Silence)]
    public async Task A_lost_answer_is_the_one_reason_to_repeat_a_mail_not_before_a_quarter_of_an_hour_and_byte_by_byte(string answer)
    {
        await using var server = await RealSmtpServer.StartAsync();
        await server.AnswerAsync(RealSmtpServer.TheDot, answer);
        await using var messaging = await OpenWith(server);
        var began = messaging.Real.GetUtcNow();
        await messaging.Tell(ThankYou);
        await messaging.Until(() => Task.FromResult(server.Taken == 1), "the server took it");
        if (answer == RealSmtpServer.Silence) messaging.Real.Advance(AnswerTimeout);
        await messaging.Drain();

        var mails = await server.MailsAsync();
        mails.Count.ShouldBe(2);
        mails[1].IsRepeatOf(mails[0]).ShouldBeTrue();
        (messaging.Real.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(18));
        (await messaging.SentTo("gateway")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_has_lost_the_lease_before_the_final_dot_does_not_send()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await server.AnswerAsync("RCPT", RealSmtpServer.Hold);
        await using var messaging = await OpenWith(server);
        await messaging.Tell(ThankYou);
        await messaging.Until(async () => await Waiting(messaging, "owner is not null") == 1, "it is under way");
        await messaging.Execute("update messaging.deliveries set lease_until = due_at - interval '1 second'");
        await using var other = await OpenWith(server, beside: messaging);

        await messaging.Until(async () => await messaging.StateOf(ThankYou) == MessageState.Sent, "the other instance sends it");
        await server.ReleaseAsync();
        await messaging.Until(() => Task.FromResult(server.EndedConnections == 1), "the first one, which went on up to the dot, hangs up");

        Ids(await server.MailsAsync()).ShouldBe(MailsOf(ThankYou));
    }

    [Fact]
    public async Task A_domain_clock_that_is_moved_sends_nothing_twice_and_nothing_early()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await server.AnswerAsync("RCPT", "451 4.7.1 come again");
        await using var messaging = await OpenWith(server);
        await messaging.Tell(ThankYou);
        await messaging.Until(async () => await Waiting(messaging, "attempt = 1 and owner is null") == 1, "it waits");

        messaging.Clock.Advance(TimeSpan.FromDays(30));
        messaging.Services.GetRequiredService<DeliveryWaker>().Wake();
        await messaging.Tell(For("later", Giulia) with { Occasion = new Occasion("order/later", Noon.AddDays(30)) });
        await messaging.Until(() => Task.FromResult(server.Taken == 1), "what was asked for later goes out");
        Ids(await server.MailsAsync()).ShouldBe(MailsOf(For("later", Giulia)));

        await messaging.Drain();
        messaging.Clock.Advance(TimeSpan.FromDays(300));
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        Ids(await server.MailsAsync()).ShouldBe(MailsOf(For("later", Giulia), ThankYou));
    }

    [Fact]
    public async Task Two_instances_share_the_mails_and_send_each_once()
    {
        await using var server = await RealSmtpServer.StartAsync();
        await using var one = await OpenWith(server);
        await using var two = await OpenWith(server, beside: one);
        await one.Tell([.. Asked(200)]);
        await one.Drain();

        Ids(await server.MailsAsync()).ShouldBe(MailsOf(200), ignoreOrder: true);
        server.Connections.ShouldBeGreaterThan(new SmtpOptions().MaxConnections, "both have sent");
        (await one.SentTo("gateway")).Count.ShouldBe(200);
    }

    private Task<ServiceHost> OpenWith(RealSmtpServer server, ServiceHost beside) => OpenWith(server, null, beside);

    private Task<ServiceHost> OpenWith(RealSmtpServer server, Action<IServiceCollection>? services = null, params (string, string)[] settings) =>
        OpenWith(server, services, null, settings);

    private async Task<ServiceHost> OpenWith(
        RealSmtpServer server, Action<IServiceCollection>? services, ServiceHost? beside, params (string, string)[] settings)
    {
        var messaging = await Open(postgres, services ?? (_ => { }), [.. server.Settings, .. settings], beside);
        if (beside is not null) return messaging;
        await messaging.Seen(Giulia);
        await messaging.Drain();
        return messaging;
    }

    private static Task<long> Waiting(ServiceHost messaging, string which = "true") =>
        messaging.Scalar<long>($"select count(*) from messaging.deliveries where {which}");

    private static IEnumerable<SendMessage> Asked(int count) => Enumerable.Range(0, count).Select(i => For($"{i}", Giulia));

    private static IEnumerable<string> MailsOf(int count) => MailsOf([.. Asked(count)]);

    private static IEnumerable<string> MailsOf(params SendMessage[] asked) =>
        asked.Select(one => MessageId.For(one.Key, ServiceHost.Tenant, "demo.example"));

    private static IEnumerable<string> Ids(IEnumerable<TakenMail> mails) => mails.Select(mail => mail.MessageId);
}
