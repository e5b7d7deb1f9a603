using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Engagement.ServiceDefaults.Tests;

/// <summary>A collector of our own takes what is sent; names and texts stand in protobuf as they are.</summary>
[Collection("alone")]
public sealed class TelemetryTests
{
    private readonly ConcurrentDictionary<string, string> _received = new();

    [Fact]
    public async Task Traces_metrics_and_logs_are_sent_at_the_latest_when_the_service_stops()
    {
        await using var collector = await StartCollectorAsync();
        using var source = new ActivitySource("Engagement.Tests");
        using var meter = new Meter("Engagement.Tests");
        var counted = meter.CreateCounter<int>("engagement.tests.counted");

        await using (var host = await StartAsync(collector))
        {
            foreach (var path in new[] { "orders/1", "health", "alive" }) (await RawGet(host, path)).ShouldStartWith("HTTP/1.1 200");
            (await RawGet(host, "broken")).ShouldStartWith("HTTP/1.1 500");
            using (source.StartActivity("a span of ours")) counted.Add(1);
            host.App.Logger.LogWarning("a log of {Whom}", "ours");
        }

        _received["/v1/traces"].ShouldSatisfyAllConditions(
            traces => traces.ShouldContain("GET /orders/{id}"),
            traces => traces.ShouldContain("GET /broken"),
            traces => traces.ShouldContain("a span of ours"),
            traces => traces.ShouldContain("the-test-service"),
            traces => traces.ShouldContain("instance-1"),
            traces => traces.ShouldNotContain("/health"),
            traces => traces.ShouldNotContain("/alive"),
            traces => traces.ShouldNotContain("inside health"));
        _received["/v1/metrics"].ShouldContain("engagement.tests.counted");
        _received["/v1/metrics"].ShouldContain("dotnet.gc.collections");
        _received["/v1/metrics"].ShouldContain("http.server.request.duration");
        _received["/v1/logs"].ShouldContain("a log of ours");
        _received["/v1/logs"].ShouldContain("the-test-service");
    }

    [Fact]
    public async Task A_collector_that_is_gone_does_not_hold_the_stop_up()
    {
        var collector = await StartCollectorAsync();
        var host = await StartAsync(collector);
        await RawGet(host, "orders/1");
        await collector.DisposeAsync();

        var started = Stopwatch.GetTimestamp();
        await host.DisposeAsync();

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Without_a_collector_nobody_listens()
    {
        using var source = new ActivitySource("Engagement.Tests.Unheard");
        await using var host = await TestHost.StartAsync();

        source.HasListeners().ShouldBeFalse();
    }

    /// <summary>By a socket, since an <see cref="HttpClient"/> in this process adds spans of its own.</summary>
    private static async Task<string> RawGet(TestHost host, string path)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /{path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync();
    }

    private Task<TestHost> StartCollectorAsync() => TestHost.StartAsync(map: app => app.MapPost("/v1/{signal}", async (HttpRequest request) =>
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var text = Encoding.UTF8.GetString(body.ToArray());
        _received.AddOrUpdate(request.Path, text, (_, before) => before + text);
    }));

    private static Task<TestHost> StartAsync(TestHost collector) => TestHost.StartAsync(
        map: app =>
        {
            var source = new ActivitySource("Engagement.Tests.Health");
            app.Lifetime.ApplicationStopped.Register(source.Dispose);
            app.Use((context, next) =>
            {
                using var inside = context.Request.Path == "/health" ? source.StartActivity("inside health") : null;
                return next(context);
            });
            app.MapGet("/orders/{id}", (string id) => id);
            app.MapGet("/broken", string () => throw new InvalidOperationException());
        },
        settings:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address.ToString()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "the-test-service"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=instance-1"),
            ("OTEL_TRACES_SAMPLER", "always_on"),
        ]);
}
