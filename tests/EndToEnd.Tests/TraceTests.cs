using System.Diagnostics;
using Engagement.EndToEnd.Tests.Running;
using Engagement.EndToEnd.Tests.Telemetry;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests;

[Collection(Shared.Name)]
public sealed class TraceTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    [Fact]
    public async Task One_trace_leads_from_the_request_to_the_mail()
    {
        var (trace, caller) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());
        var now = TimeProvider.System.GetUtcNow();
        await Shop.PublishAsync(Told.Placed("traced", now, Buyer.Giulia));
        await Engagement.DrainedAsync();

        await Shop.PublishAsync($"00-{trace}-{caller}-01", Told.Paid("traced", now));

        Dictionary<string, Span> spans = [];
        await Eventually.BecomesTrueAsync(
            () => WayTo(caller, spans = shared.Telemetry.Spans.Where(span => span.TraceId == trace).ToDictionary(span => span.Id)) is not null,
            "all spans of the trace");
        WayTo(caller, spans)!.Where(step => !step.Contains("postgresql", StringComparison.Ordinal)).ShouldBe(
            ["gateway: POST /v1/events", "orders: process RecordPayment", "messaging: process SendMessage", "messaging: deliver mail"]);
    }

    [Fact]
    public async Task Nothing_personal_leaves_in_telemetry_or_logs_or_lies_in_a_table()
    {
        var now = TimeProvider.System.GetUtcNow();
        var anna = new Buyer("c-anna", "Annunziata Quaresima", "annunziata.quaresima@posta.example", "it");

        await Shop.PublishAsync(Told.Placed("private", now, anna), Told.Paid("private", now));
        await Engagement.Mails.ArrivesAsync("private");
        await Eventually.BecomesTrueAsync(() => shared.Telemetry.Tells("message/thank-you/order-private"), "the telemetry of its delivery");
        await Eventually.BecomesTrueAsync(() => shared.Telemetry.HasReceived("/v1/metrics") && shared.Telemetry.HasReceived("/v1/logs"), "metrics and logs");

        Engagement.Mails.Read("private").ShouldContain("Annunziata Quaresima");
        foreach (var personal in new[] { "Annunziata", "Quaresima", "annunziata.quaresima" })
        {
            shared.Telemetry.Tells(personal).ShouldBeFalse(personal);
            Engagement.Log.ShouldAllBe(line => !line.Contains(personal, StringComparison.OrdinalIgnoreCase));
            Engagement.LogFiles.ShouldAllBe(file => !ReadShared(file).Contains(personal, StringComparison.OrdinalIgnoreCase));
            (await Engagement.Database.TablesWithAsync(personal)).ShouldBeEmpty();
        }

        (await Engagement.Database.TablesWithAsync("order/private")).ShouldNotBeEmpty();   // so it would have been found
    }

    /// <summary>From the caller's span to the mail's, by their parents; null while one is missing.</summary>
    private static List<string>? WayTo(string caller, Dictionary<string, Span> spans)
    {
        List<string> way = [];
        for (var id = spans.Values.FirstOrDefault(span => span.Name == "deliver mail")?.Id; id != caller; id = spans[id].ParentId)
        {
            if (id is null || !spans.TryGetValue(id, out var span))
                return null;
            way.Insert(0, $"{span.Service}: {span.Name}");
        }

        return way;
    }

    private static string ReadShared(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
