using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Sending;

public sealed class DeliveringTests(PostgresFixture postgres)
{
    private static readonly RaiseStaffTask Undeliverable = TaskFor("undeliverable", StaffTaskKind.Undeliverable, Giulia, Noon);

    [Fact]
    public async Task The_mail_reads_as_approved()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var file = Directory.GetFiles(Path.Combine(messaging.Home, "mail"), "*.eml").ShouldHaveSingleItem();
        Approved.Match((await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n"), "thank-you-as-sent");
    }

    [Fact]
    public async Task The_mail_leads_to_the_customer_s_page_of_the_order_and_to_no_other()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var mail = Encoding.ASCII.GetString(server.Sent.Single().Content.Span).Replace("=\r\n", "", StringComparison.Ordinal)
            .Replace("=3D", "=", StringComparison.Ordinal);
        var token = Regex.Match(mail, "href=\"https://shop.example/p/([^\"]+)\"").Groups[1].Value;
        messaging.Services.GetRequiredService<PageLinks>().Open(token).ShouldBe(new PageLink(PagePurposes.Order, "demo", "1001", Noon.AddDays(180)));
    }

    [Fact]
    public async Task A_server_that_is_busy_is_tried_again_until_it_takes_the_mail()
    {
        var server = new FakeTransport(attempt => attempt < 4 ? new TemporaryFailure("busy", 451, "4.3.0") : null);
        await using var messaging = await Open(postgres, server);

        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        server.Attempts.ShouldBe(4);
        server.Sent.ShouldHaveSingleItem().MessageId.ShouldBe("thank-you.order-1001.demo@demo.example");
        (await messaging.StateOf(ThankYou)).ShouldBe(MessageState.Sent);
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_attempt_hands_over_the_same_bytes()
    {
        var attempts = new List<string>();
        var server = new RecordingTransport(mail =>
        {
            attempts.Add(Encoding.ASCII.GetString(mail.Content.Span));
            return attempts.Count < 3;
        });
        await using var messaging = await Open(postgres, server);

        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        attempts.Count.ShouldBe(3);
        attempts.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_never_recovers_is_given_up_in_the_end_and_a_person_is_told()
    {
        var server = new FakeTransport(_ => new TemporaryFailure("busy", 451));
        await using var messaging = await Open(postgres, server);

        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        server.Attempts.ShouldBe(10);
        (await messaging.StaffTasks()).ShouldBe([Undeliverable]);
        (await messaging.Message(ThankYou))!.Reason.ShouldBe("undeliverable");
    }

    [Fact]
    public async Task A_mail_that_is_refused_for_good_is_a_task_for_a_person_at_once()
    {
        var server = new FakeTransport(_ => new PermanentFailure("no such user", 550, "5.1.1"));
        await using var messaging = await Open(postgres, server);

        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        server.Attempts.ShouldBe(1);
        (await messaging.StaffTasks()).ShouldBe([Undeliverable]);
        (await messaging.Stream("message/thank-you/order-1001"))[^1].ShouldBe(new MessageSuppressed("undeliverable", Noon));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("jürgen@mail.example")]
    public async Task An_address_that_no_server_would_take_is_a_task_for_a_person(string address)
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);

        await messaging.Seen(Giulia, email: address);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        (await messaging.StaffTasks()).ShouldBe([Undeliverable]);
        server.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_customer_who_was_erased_gets_nothing_and_nobody_is_asked_to_find_her()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Drain();

        (await messaging.Services.GetRequiredService<Vault>().EraseAsync(ServiceHost.Tenant, Giulia)).ShouldBeTrue();
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        (await messaging.Stream("message/thank-you/order-1001"))[^1].ShouldBe(new MessageSuppressed("erased", Noon));
        (await messaging.StaffTasks()).ShouldBeEmpty();
        server.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_that_is_sent_is_not_sent_again_whatever_the_table_of_deliveries_says()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var now = $"{messaging.Real.GetUtcNow():O}";
        await messaging.Execute($$"""
            insert into messaging.deliveries (tenant, id, kind, payload, due_at, created_at)
            values ('demo', 'message/thank-you/order-1001', 'mail', '{"Message": "message/thank-you/order-1001"}', '{{now}}', '{{now}}')
            """);
        messaging.Real.Advance(TimeSpan.FromSeconds(1));
        await messaging.Drain();

        server.Sent.Count.ShouldBe(1);
        (await messaging.Stream("message/thank-you/order-1001")).Count.ShouldBe(4);
        (await messaging.StaffTasks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_message_knows_its_mail_by_the_id_that_the_mail_has()
    {
        var server = new FakeTransport();
        await using var messaging = await Open(postgres, server);

        await messaging.Seen(Giulia, tenant: "Bottega Ü");
        await messaging.TellFor("Bottega Ü", ThankYou);
        await messaging.Drain();

        var sent = (await messaging.Stream("message/thank-you/order-1001", "Bottega Ü")).OfType<MessageSent>().Single();
        sent.MessageId.ShouldBe(server.Sent.Single().MessageId);
    }

    [Fact]
    public async Task One_trace_leads_from_whoever_asked_to_the_mail()
    {
        await using var messaging = await Open(postgres, new FakeTransport());
        using var spans = new Spans();
        await messaging.Seen(Giulia);
        await messaging.Drain();
        using var request = new Activity("a handler of Orders").SetIdFormat(ActivityIdFormat.W3C).Start();

        await messaging.Tell(ThankYou);
        request.Stop();
        await messaging.Drain();

        await messaging.Until(
            () => Task.FromResult(spans.Of(request.TraceId).Count(span => span.DisplayName is "process SendMessage" or "deliver mail") == 2),
            "both spans end");   // they are told after the commit
        var trace = spans.Of(request.TraceId);
        var handled = trace.Single(span => span.DisplayName == "process SendMessage");
        handled.ParentSpanId.ShouldBe(request.SpanId);
        trace.Single(span => span.DisplayName == "deliver mail").ParentSpanId.ShouldBe(handled.SpanId);
    }

    [Fact]
    public async Task The_same_trace_leads_to_the_task_that_a_refused_mail_becomes()
    {
        await using var messaging = await Open(postgres, new FakeTransport(_ => new PermanentFailure("no such user", 550)));
        await messaging.Seen(Giulia);
        await messaging.Drain();
        using var spans = new Spans();
        using var request = new Activity("a handler of Orders").SetIdFormat(ActivityIdFormat.W3C).Start();

        await messaging.Tell(ThankYou);
        request.Stop();
        await messaging.Drain();

        (await messaging.SentTo("support")).ShouldHaveSingleItem().ParentId.ShouldStartWith($"00-{request.TraceId}-");
    }

    private sealed class RecordingTransport(Func<OutgoingMail, bool> isBusy) : IMailTransport
    {
        public Task<bool> SendAsync(OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, CancellationToken ct) =>
            isBusy(mail) ? throw new TemporaryFailure("busy") : stillMine(ct);
    }
}
