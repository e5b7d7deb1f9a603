using System.Text;
using Engagement.Messaging.Sending;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Sending;

public class SmtpTransportTests
{
    private const string Address = "giulia@mail.example";
    private const string Shop = "c2hvcA==";
    private const string Secret = "c2VjcmV0";

    private static readonly Func<CancellationToken, Task<bool>> Mine = _ => Task.FromResult(true);

    [Fact]
    public async Task A_mail_arrives_as_it_was_written()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        (await transport.SendAsync(Mail("Subject: x\r\n\r\nCiao\r\n"), Mine, default)).ShouldBeTrue();
        server.Mails.ShouldBe(["Subject: x\r\n\r\nCiao\r\n"]);
        server.Commands.ShouldBe(["EHLO [127.0.0.1]", "MAIL FROM:<ciao@demo.example>", $"RCPT TO:<{Address}>", "DATA"]);
    }

    [Fact]
    public async Task Through_Postmark_it_takes_its_Message_ID_with_it_in_pieces_that_fit()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server, options => options.Postmark = true);
        var mail = Mail() with { MessageId = $"{new string('k', 120)}@demo.example" };

        await transport.SendAsync(mail, Mine, default);
        server.Mails.ShouldBe([
            $"X-PM-KeepID: true\r\nX-PM-Metadata-engagement-1: {mail.MessageId[..80]}\r\nX-PM-Metadata-engagement-2: {mail.MessageId[80..]}\r\n"
                + "Subject: x\r\n\r\nCiao\r\n",
        ]);
    }

    [Theory]
    [InlineData("smtp.postmarkapp.com", true)]
    [InlineData("smtp-broadcasts.POSTMARKAPP.com", true)]
    [InlineData("smtp.example.org", false)]
    [InlineData("postmarkapp.com.example.org", false)]
    public void Postmark_is_known_by_its_host(string host, bool expected) => Postmark.IsAt(host).ShouldBe(expected);

    [Theory]
    [InlineData(".a\r\n..b\r\nc.\r\n.\r\n\r\n.\r\n", "..a\r\n...b\r\nc.\r\n..\r\n\r\n..\r\n")]
    [InlineData("no line break at the end", "no line break at the end\r\n")]
    public async Task Dots_at_the_beginning_of_lines_are_doubled(string content, string sent)
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        await transport.SendAsync(Mail(content), Mine, default);
        server.Mails.ShouldBe([sent]);
    }

    [Fact]
    public async Task Mails_share_a_connection()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        for (var i = 0; i < 20; i++)
            await transport.SendAsync(Mail($"{i}\r\n"), Mine, default);
        server.Connections.ShouldBe(1);
        server.Mails.ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}\r\n"));
    }

    [Fact]
    public async Task Many_mails_at_once_share_a_few_connections()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => transport.SendAsync(Mail($"{i}\r\n"), Mine, default))));
        server.Connections.ShouldBeInRange(1, 4);
        server.Mails.Order().ShouldBe(Enumerable.Range(0, 200).Select(i => $"{i}\r\n").Order());
    }

    [Fact]
    public async Task A_4xx_is_temporary_and_the_next_attempt_on_the_same_connection_succeeds()
    {
        await using var server = new FakeSmtpServer().Answer("RCPT", $"451 4.7.1 <{Address}> is greylisted");
        using var transport = TransportTo(server);
        var failure = await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default));
        (failure.ReplyCode, failure.StatusCode, failure.InDoubt).ShouldBe((451, "4.7.1", false));
        failure.ToString().ShouldNotContain("giulia");

        (await transport.SendAsync(Mail(), Mine, default)).ShouldBeTrue();
        server.Connections.ShouldBe(1);
        server.Commands.ShouldContain("RSET");
        server.Mails.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData(FakeSmtpServer.TheDot)]
    public async Task A_5xx_is_permanent_whenever_it_comes_and_names_no_address(string step)
    {
        await using var server = new FakeSmtpServer().Answer(step, $"550-5.1.1 <{Address}>: nobody\r\n550 5.1.1 here");
        using var transport = TransportTo(server);
        var failure = await Should.ThrowAsync<PermanentFailure>(() => transport.SendAsync(Mail(), Mine, default));
        (failure.ReplyCode, failure.StatusCode, failure.AboutAddress).ShouldBe((550, "5.1.1", step != "MAIL"));
        failure.ToString().ShouldNotContain("giulia");

        (await transport.SendAsync(Mail(), Mine, default)).ShouldBeTrue();
        server.Connections.ShouldBe(1);
    }

    [Theory]
    [InlineData(FakeSmtpServer.Greeting, "554 5.3.2 no service")]
    [InlineData("EHLO", "550 who are you")]
    [InlineData("AUTH", "535 5.7.8 wrong password")]
    [InlineData("MAIL", "530 5.7.0 log in first")]
    [InlineData("MAIL", "421 4.3.2 closing")]
    [InlineData(FakeSmtpServer.Greeting, "SSH-2.0-OpenSSH_9.2")]
    [InlineData("MAIL", "hello")]
    [InlineData("DATA", "250 ok")]
    public async Task What_is_wrong_between_the_server_and_us_is_never_the_mails_end(string step, string reply)
    {
        await using var server = new FakeSmtpServer { Extensions = "250-fake\r\n250 AUTH PLAIN" }.Answer(step, reply);
        using var transport = TransportTo(server, options => (options.Security, options.User, options.Password) = (SmtpSecurity.None, "shop", "secret"));
        var failure = await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default));
        (failure.InDoubt, failure.AboutServer).ShouldBe((false, true));
        transport.Allow(8).Count.ShouldBe(0);
        (await transport.SendAsync(Mail(), Mine, default)).ShouldBeTrue();
        transport.Allow(8).Count.ShouldBe(8);
    }

    [Fact]
    public async Task Where_the_server_allows_it_a_mail_is_announced_in_one_go()
    {
        await using var server = new FakeSmtpServer { Extensions = "250-fake\r\n250 PIPELINING" };
        using var transport = TransportTo(server);
        for (var i = 0; i < 3; i++)
            (await transport.SendAsync(Mail($"{i}\r\n"), Mine, default)).ShouldBeTrue();
        server.Mails.ShouldBe(["0\r\n", "1\r\n", "2\r\n"]);
        server.Connections.ShouldBe(1);
    }

    [Theory]
    [InlineData("MAIL", "503 who", "503 what")]
    [InlineData("RCPT", null, "503 what")]
    [InlineData("RCPT", null, "354 go on")]              // it takes mails to nobody: this one it doesn't get
    [InlineData("RCPT", null, FakeSmtpServer.Cut)]
    public async Task What_is_refused_of_an_announcement_stays_refused_whatever_follows(string step, string? toRecipient, string toData)
    {
        await using var server = new FakeSmtpServer { Extensions = "250-fake\r\n250 PIPELINING" }.Answer(step, "550 5.1.1 nobody").Answer("DATA", toData);
        if (toRecipient is not null) server.Answer("RCPT", toRecipient);
        using var transport = TransportTo(server);
        var failure = await Should.ThrowAsync<PermanentFailure>(() => transport.SendAsync(Mail(), Mine, default));
        failure.StatusCode.ShouldBe("5.1.1");

        (await transport.SendAsync(Mail("second\r\n"), Mine, default)).ShouldBeTrue();
        server.Mails.ShouldBe(["second\r\n"]);
        server.Connections.ShouldBe(toData.StartsWith("503", StringComparison.Ordinal) ? 1 : 2);
    }

    [Fact]
    public async Task Who_waits_for_a_connection_has_the_server_s_time_still_before_it()
    {
        var clock = new TestClock();
        await using var server = new FakeSmtpServer().Answer("RCPT", FakeSmtpServer.Silence);
        using var transport = TransportTo(server, options => options.MaxConnections = 1, clock);
        var slow = transport.SendAsync(Mail(), Mine, default);
        await Eventually.BecomesTrueAsync(() => server.Commands.Any(command => command.StartsWith("RCPT", StringComparison.Ordinal)), "the first is at it");
        clock.Advance(TimeSpan.FromSeconds(5));
        var waiting = transport.SendAsync(
            Mail(),
            _ =>
            {
                clock.Advance(TimeSpan.FromSeconds(6));   // 16 s after it began
                return Task.FromResult(true);
            },
            default);

        clock.Advance(TimeSpan.FromSeconds(10));

        await Should.ThrowAsync<TemporaryFailure>(slow);
        (await waiting).ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_temporary()
    {
        var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        await server.DisposeAsync();
        (await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default))).InDoubt.ShouldBeFalse();
    }

    [Fact]
    public async Task A_connection_cut_amid_the_mail_is_temporary_and_not_in_doubt()
    {
        await using var server = new FakeSmtpServer().Answer("in data", FakeSmtpServer.Cut);
        using var transport = TransportTo(server);
        var mail = Mail(string.Concat(Enumerable.Repeat("line\r\n", 2_000_000))); // more than any buffer on the way takes
        var failure = await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(mail, Mine, default));
        failure.InDoubt.ShouldBeFalse();
        server.Mails.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(FakeSmtpServer.Cut)]
    [InlineData(FakeSmtpServer.Silence)]
    [InlineData("what?")]
    public async Task An_answer_lost_after_the_final_dot_leaves_the_mail_in_doubt(string answer)
    {
        await using var server = new FakeSmtpServer().Answer(FakeSmtpServer.TheDot, answer);
        SmtpOptions? given = null;
        using var transport = TransportTo(server, options => (given = options).AnswerTimeout = TimeSpan.FromMilliseconds(200));
        (await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default))).InDoubt.ShouldBeTrue();
        given!.AnswerTimeout = new SmtpOptions().AnswerTimeout;   // the next answer comes, however slow the machine
        (await transport.SendAsync(Mail(), Mine, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task Who_is_stopped_after_the_final_dot_still_hears_the_answer()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        using var stopping = new CancellationTokenSource();
        var sent = await transport.SendAsync(Mail(), async _ => { await stopping.CancelAsync(); return true; }, stopping.Token);
        sent.ShouldBeTrue();
        server.Mails.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_mail_that_is_no_longer_mine_is_not_sent()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        (await transport.SendAsync(Mail("Subject: x\r\n\r\nCiao\r\n"), _ => Task.FromResult(false), default)).ShouldBeFalse();
        (await server.Ended.Reader.ReadAsync()).ShouldBe("Subject: x\r\n\r\nCiao\r\n"); // all but the dot
        server.Mails.ShouldBeEmpty();

        (await transport.SendAsync(Mail(), Mine, default)).ShouldBeTrue();
        server.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task A_process_that_stood_still_after_the_question_sends_nothing()
    {
        await using var server = new FakeSmtpServer();
        var clock = new TestClock();
        using var transport = TransportTo(server, clock: clock);
        var failure = await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(
            Mail(),
            _ =>
            {
                clock.Advance(new SmtpOptions().Timeout);
                return Task.FromResult(true);
            },
            default));
        failure.InDoubt.ShouldBeFalse();
        await server.Ended.Reader.ReadAsync();
        server.Mails.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_the_question_fails_nothing_is_sent()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        await Should.ThrowAsync<InvalidOperationException>(() => transport.SendAsync(Mail(), _ => throw new InvalidOperationException("database"), default));
        await server.Ended.Reader.ReadAsync();
        server.Mails.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("MAIL", "421 4.4.2 you were silent for too long")]
    [InlineData("MAIL", FakeSmtpServer.Cut)]
    public async Task A_kept_connection_that_the_server_gave_up_is_replaced_unnoticed(string step, string answer)
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server);
        await transport.SendAsync(Mail(), Mine, default);
        server.Answer(step, answer);
        (await transport.SendAsync(Mail(), Mine, default)).ShouldBeTrue();
        server.Connections.ShouldBe(2);
        server.Mails.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_silent_server_is_given_up_in_time()
    {
        await using var server = new FakeSmtpServer().Answer("RCPT", FakeSmtpServer.Silence);
        using var transport = TransportTo(server, options => options.Timeout = TimeSpan.FromMilliseconds(200));
        (await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default))).InDoubt.ShouldBeFalse();
    }

    [Fact]
    public async Task Being_stopped_is_not_a_failure()
    {
        await using var server = new FakeSmtpServer().Answer("RCPT", FakeSmtpServer.Silence);
        using var transport = TransportTo(server);
        using var stopping = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<OperationCanceledException>(() => transport.SendAsync(Mail(), Mine, stopping.Token));
    }

    [Fact]
    public async Task An_idle_connection_is_closed_politely()
    {
        await using var server = new FakeSmtpServer();
        using var transport = TransportTo(server, options => options.IdleClose = TimeSpan.FromMilliseconds(50));
        await transport.SendAsync(Mail(), Mine, default);
        await server.Ended.Reader.ReadAsync();
        server.Commands.Last().ShouldBe("QUIT");
    }

    [Theory]
    [InlineData("250-fake\r\n250-STARTTLS\r\n250 AUTH LOGIN PLAIN", "AUTH PLAIN AHNob3AAc2VjcmV0")]
    [InlineData("250-fake\r\n250-starttls\r\n250 auth=login", Secret)]
    public async Task A_password_travels_encrypted(string extensions, string said)
    {
        using var certificate = FakeSmtpServer.SelfMadeCertificate();
        await using var server = new FakeSmtpServer { Extensions = extensions, Certificate = certificate };
        if (said == Secret)
            server.Answer("AUTH", "334 VXNlcm5hbWU6").Answer(Shop.ToUpperInvariant(), "334 UGFzc3dvcmQ6").Answer(Secret.ToUpperInvariant(), "235 welcome");
        using var transport = TransportTo(server, options =>
        {
            (options.Security, options.User, options.Password) = (SmtpSecurity.StartTls, "shop", "secret");
            options.CertificateCheck = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString();
        });
        (await transport.SendAsync(Mail(), Mine, default)).ShouldBeTrue();
        var commands = server.Commands.ToList();
        commands.ShouldContain(said);
        commands.IndexOf("STARTTLS").ShouldBeLessThan(commands.IndexOf(said));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_for_now()
    {
        using var certificate = FakeSmtpServer.SelfMadeCertificate();
        await using var server = new FakeSmtpServer { Extensions = "250-fake\r\n250 STARTTLS", Certificate = certificate };
        using var transport = TransportTo(server);
        await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default));
        server.Mails.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SmtpSecurity.StartTls, null)]
    [InlineData(SmtpSecurity.Auto, "shop")]
    public async Task Without_encryption_nothing_that_needs_it_is_said(SmtpSecurity security, string? user)
    {
        await using var server = new FakeSmtpServer { Extensions = "250-fake\r\n250 AUTH PLAIN" };
        using var transport = TransportTo(server, options => (options.Security, options.User, options.Password) = (security, user, "secret"));
        await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default));
        server.Commands.ShouldAllBe(command => command.StartsWith("EHLO"));
    }

    [Fact]
    public async Task Words_slipped_in_before_the_encryption_are_not_believed()
    {
        await using var server = new FakeSmtpServer { Extensions = "250-fake\r\n250 STARTTLS" }.Answer("STARTTLS", "220 go on\r\n250 injected");
        using var transport = TransportTo(server);
        await Should.ThrowAsync<TemporaryFailure>(() => transport.SendAsync(Mail(), Mine, default));
    }

    private static SmtpTransport TransportTo(FakeSmtpServer server, Action<SmtpOptions>? with = null, TimeProvider? clock = null)
    {
        var options = new SmtpOptions { Host = "127.0.0.1", Port = server.Port, Security = SmtpSecurity.Auto };
        with?.Invoke(options);
        return new(options, clock ?? TimeProvider.System);
    }

    private static OutgoingMail Mail(string content = "Subject: x\r\n\r\nCiao\r\n")
    {
        Mailbox.TryCreate("ciao@demo.example", "Demo", out var from).ShouldBeTrue();
        Mailbox.TryCreate(Address, "Giulia Rossi", out var to).ShouldBeTrue();
        return new("thank-you.order-1001.demo@demo.example", from!, to!, Encoding.ASCII.GetBytes(content));
    }
}
