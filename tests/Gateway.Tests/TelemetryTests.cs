using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests;

public sealed class TelemetryTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_sent_to_the_owners_continues_the_trace_of_the_request()
    {
        await using var gateway = await Open(postgres);
        using var spans = new Spans();
        var trace = ActivityTraceId.CreateRandom();

        await gateway.Post(
            new StringContent(new JsonArray([.. OneOfEach()]).ToJsonString(), Encoding.UTF8, CloudEventsReader.Batch),
            adjust: request => request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"));

        await gateway.Until(() => Task.FromResult(spans.Of(trace).Any(span => span.Kind == ActivityKind.Server)), "the request's span ends");
        var request = spans.Of(trace).Single(span => span.Kind == ActivityKind.Server);
        (await gateway.SentTo("orders")).Concat(await gateway.SentTo("messaging")).Select(queued => queued.ParentId).Distinct().ShouldBe([request.Id]);
    }
}
