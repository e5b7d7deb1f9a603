using System.Text;

namespace Engagement.EndToEnd.Tests.Telemetry;

/// <summary>A span as it was exported; ids in hex.</summary>
internal sealed record Span(string Service, string Name, string TraceId, string Id, string ParentId)
{
    /// <summary>The spans of an <c>ExportTraceServiceRequest</c> (opentelemetry/proto/trace/v1/trace.proto).</summary>
    public static IEnumerable<Span> Read(ReadOnlyMemory<byte> request) =>
        from resourceSpans in request.Messages(1)
        let attributes = resourceSpans.Messages(1).SelectMany(resource => resource.Messages(1))
        let service = Text(attributes.Single(pair => Text(pair, 1) == "service.name").Messages(2).Single(), 1)
        from scopeSpans in resourceSpans.Messages(2)
        from span in scopeSpans.Messages(2)
        select new Span(service, Text(span, 5), Hex(span, 1), Hex(span, 2), Hex(span, 4));

    private static string Text(ReadOnlyMemory<byte> message, int id) => Encoding.UTF8.GetString(message.Messages(id).FirstOrDefault().Span);

    private static string Hex(ReadOnlyMemory<byte> message, int id) => Convert.ToHexStringLower(message.Messages(id).FirstOrDefault().Span);
}
