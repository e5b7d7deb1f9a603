using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests;

public sealed class PersonalDataTests(PostgresFixture postgres)
{
    private static readonly string[] Personal = ["Giulia", "Rossi", "giulia.rossi", "mail.example"];

    [Fact]
    public async Task Neither_a_log_line_nor_a_span_nor_any_row_ever_says_who_somebody_is()
    {
        // The servers' own words quote the address, as real ones do.
        var server = new FakeTransport(attempt => attempt switch
        {
            1 => new TemporaryFailure("451 <giulia.rossi@mail.example> greylisted", 451, inner: new InvalidOperationException("giulia.rossi@mail.example")),
            2 => null,
            3 => new PermanentFailure("554 <giulia.rossi@mail.example> refused", 554),
            4 => new InvalidOperationException("giulia.rossi@mail.example"),
            5 => null,
            _ => new PermanentFailure("550 Giulia Rossi has moved", 550),
        });
        await using var messaging = await Open(postgres, server);
        await messaging.KeepEveryRow();
        using var spans = new Spans();

        await messaging.Seen(Giulia);
        await messaging.Drain();
        foreach (var order in new[] { "1001", "1002", "1003" })   // taken at the second attempt, refused, taken after an error of our own
        {
            await messaging.Tell(For(order, Giulia));
            await messaging.Drain();
        }

        await messaging.Tell(For("1004", Marco), For("1005", customer: null));
        await messaging.Drain();
        await messaging.EndPatience();
        await messaging.Services.GetRequiredService<Vault>().EraseAsync(ServiceHost.Tenant, Giulia);
        await messaging.Tell(For("1006", Giulia));
        await messaging.Drain();
        await messaging.Get<object>("/v1/messages?customer=c-1");

        var rows = await messaging.Dump();
        var logs = string.Join('\n', messaging.Logs.All);
        var told = string.Join('\n', spans.All.Select(span =>
            $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Events.SelectMany(e => e.Tags))}"));
        server.Sent.Select(mail => mail.To.Address).ShouldBe([Email, Email]);
        rows.ShouldContain("thank-you/order-1006");
        rows.ShouldContain("undeliverable/thank-you/order-1002");
        rows.ShouldContain("\"HasEmail\"");
        logs.ShouldContain("smtp 451");
        told.ShouldContain("deliver mail");
        foreach (var (what, text) in new[] { ("a row", rows), ("a log line", logs), ("a span", told) })
        {
            foreach (var word in Personal)
                text.Split('\n').FirstOrDefault(line => line.Contains(word, StringComparison.OrdinalIgnoreCase)).ShouldBeNull($"{what} says '{word}'");
        }
    }
}
