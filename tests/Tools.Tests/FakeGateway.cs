using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engagement.Tools.Tests;

internal sealed record Call(string Path, string? ContentType, string? Authorization, string Body)
{
    public IReadOnlyList<JsonObject> Events => Path == "/v1/events" ? [.. JsonNode.Parse(Body)!.AsArray().Select(e => e!.AsObject())] : [];

    public IEnumerable<string> Ids => Events.Select(e => (string)e["id"]!);
}

internal sealed record Reply(int Status, object? Body = null, string? RetryAfter = null)
{
    /// <summary>Cuts the connection in place of an answer.</summary>
    public static readonly Reply Cut = new(0);
}

/// <summary>Takes events over HTTP, remembers every call and answers as the test says; by default it accepts.</summary>
internal sealed class FakeGateway : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly List<Call> calls = [];
    private readonly Func<Call, int, Reply?> answer;
    private WebApplication app = null!;

    private FakeGateway(Func<Call, int, Reply?> answer) => this.answer = answer;

    public string Url { get; private set; } = "";

    public IReadOnlyList<Call> Calls
    {
        get
        {
            lock (gate)
            {
                return [.. calls];
            }
        }
    }

    /// <summary>Every event that was accepted, in the order of arrival.</summary>
    public List<JsonObject> Accepted { get; } = [];

    /// <param name="answer">Of the call and its number, from 0; null accepts it.</param>
    public static async Task<FakeGateway> StartAsync(Func<Call, int, Reply?>? answer = null)
    {
        var gateway = new FakeGateway(answer ?? ((_, _) => null));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        gateway.app = builder.Build();
        gateway.app.Run(gateway.HandleAsync);
        await gateway.app.StartAsync();
        gateway.Url = gateway.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return gateway;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = new Call(context.Request.Path, context.Request.ContentType, context.Request.Headers.Authorization, await reader.ReadToEndAsync());
        var reply = Decide(call);
        if (reply == Reply.Cut)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = reply.Status;
        if (reply.RetryAfter is { } retryAfter)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        if (reply.Body is { } body)
        {
            await context.Response.WriteAsJsonAsync(body);
        }
    }

    private Reply Decide(Call call)
    {
        lock (gate)
        {
            var number = calls.Count;
            calls.Add(call);
            if (answer(call, number) is { } reply)
            {
                return reply;
            }

            Accepted.AddRange(call.Events);
            return call.Path == "/v1/events" ? new Reply(202, new { accepted = call.Events.Count, repeats = 0 }) : new Reply(200);
        }
    }
}
