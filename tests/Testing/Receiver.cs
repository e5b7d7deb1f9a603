using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Engagement.Testing;

/// <summary>What a shop's endpoint was told.</summary>
public sealed record Received(string Id, string Time, string Signature, string ContentType, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A shop's own server; it answers each request, counted from 1.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<Received> _told = new();
    private readonly WebApplication _app;

    private Receiver(Func<int, HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            string Header(string name) => context.Request.Headers[name].ToString();
            int number;
            lock (_told)
            {
                _told.Enqueue(new Received(Header("webhook-id"), Header("webhook-timestamp"), Header("webhook-signature"), Header("Content-Type"), body.ToArray()));
                number = _told.Count;
            }

            await answer(number, context);
        });
    }

    public IReadOnlyList<Received> Told => [.. _told];

    public string Url => $"{_app.Urls.Single()}/hooks";

    public static Task<Receiver> Open(Func<int, HttpStatusCode>? status = null) => Open((number, context) =>
    {
        context.Response.StatusCode = (int)(status?.Invoke(number) ?? HttpStatusCode.NoContent);
        return Task.CompletedTask;
    });

    public static async Task<Receiver> Open(Func<int, HttpContext, Task> answer)
    {
        var receiver = new Receiver(answer);
        await receiver._app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
