using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Outgoing;

/// <summary>
/// Posts webhooks, signed by Standard Webhooks. Any 2xx is a success; 410 disables the endpoint; redirects are not followed; what fails is tried again by
/// the schedule of the specification.
/// </summary>
public sealed class WebhookChannel : IDeliveryChannel, IDisposable
{
    public const string KindOfDelivery = "webhook";

    private static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(1);

    /// <summary>At once to one endpoint: a slow one must leave room for the others.</summary>
    private const int MostAtOnce = 4;

    private readonly IDocumentStore _store;
    private readonly SecretBox _secrets;
    private readonly RealTime _real;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly ConcurrentDictionary<(string Tenant, string Endpoint), int> _underWay = new();
    private readonly ConditionalWeakTable<Delivery, Attempt> _attempts = [];

    public WebhookChannel(IDocumentStore store, SecretBox secrets, PublicAddresses addresses, RealTime real, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        (_store, _secrets, _real, _clock) = (store, secrets, real, clock);
        _http = addresses.Client("Engagement-Webhooks/1");
    }

    private sealed record Attempt(int? Status, string? Error, double Milliseconds);

    public string Kind => KindOfDelivery;

    /// <summary>5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each varied by a fifth: ten attempts over three days.</summary>
    public static void Configure(DeliveryWorkerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Concurrency = 32;
        options.Waits =
        [
            TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
            TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
        ];
    }

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var toSend = delivery.Read<WebhookToSend>();
        var place = (delivery.Tenant, toSend.Endpoint);
        if (_underWay.AddOrUpdate(place, 1, (_, now) => now + 1) > MostAtOnce)
        {
            Leave(place);
            return DeliveryOutcome.Postponed(BusyWait);
        }

        try
        {
            await using var session = _store.QuerySession(delivery.Tenant);
            if (await session.EndpointAsync(toSend.Endpoint, ct) is not { } endpoint) return DeliveryOutcome.Refused("endpoint-deleted");
            if (!endpoint.IsOpen) return DeliveryOutcome.Refused("endpoint-disabled");
            if (await session.LoadAsync<WebhookDelivery>(toSend.Delivery, ct) is not { } webhook) return DeliveryOutcome.Refused("forgotten");
            using var request = RequestOf(endpoint, webhook, delivery.Tenant);
            if (!await delivery.StillMineAsync(ct)) return DeliveryOutcome.Lost;
            return await PostAsync(delivery, endpoint, webhook, request, ct);
        }
        finally
        {
            Leave(place);
        }
    }

    public Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct) => EndAsync(delivery, WebhookState.Delivered, null, done, ct);

    public Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct) =>
        EndAsync(delivery, WebhookState.GivenUp, error, done, ct);

    public void Dispose() => _http.Dispose();

    /// <summary>What a sealed secret is bound to.</summary>
    internal static string SecretOf(string tenant, string endpoint) => $"webhook endpoint\n{tenant}\n{endpoint}";

    private HttpRequestMessage RequestOf(WebhookEndpoint endpoint, WebhookDelivery webhook, string tenant)
    {
        var now = _real.Now;
        var secrets = endpoint.Secrets.Where(secret => secret.ExpiresAt is null || secret.ExpiresAt > now)
            .Select(secret => _secrets.Open(SecretOf(tenant, endpoint.PublicId), secret.Sealed));
        return StandardWebhooks.Post(endpoint.Url, secrets, webhook.Id, now, "application/cloudevents+json", Encoding.UTF8.GetBytes(webhook.Body));
    }

    private async Task<DeliveryOutcome> PostAsync(
        Delivery delivery, WebhookEndpoint endpoint, WebhookDelivery webhook, HttpRequestMessage request, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);   // what it says beyond its status is not read
            var status = (int)answer.StatusCode;
            Remember(new Attempt(status, answer.IsSuccessStatusCode ? null : $"http {status}", Took()));
            if (answer.IsSuccessStatusCode) return DeliveryOutcome.Delivered;
            if (answer.StatusCode == HttpStatusCode.Gone)
            {
                await _store.ChangeEndpointAsync(
                    delivery.Tenant, endpoint.PublicId,
                    e => e.IsOpen && e.Url == endpoint.Url ? new WebhookEndpointDisabled("gone", _clock.GetUtcNow()) : null, ct);   // it may have moved
                return DeliveryOutcome.Refused("http 410");
            }

            await NoteAsync(delivery, ct);
            return DeliveryOutcome.Failed($"http {status}", answer.WishedWait(_real.Now));
        }
        catch (HttpRequestException e)
        {
            var error = e.InnerException is AddressNotAllowedException ? "address-not-allowed" : e.HttpRequestError.ToString();
            Remember(new Attempt(null, error, Took()));
            if (e.InnerException is AddressNotAllowedException) return DeliveryOutcome.Refused(error);
            await NoteAsync(delivery, ct);
            return DeliveryOutcome.Failed(error);
        }
        catch (OperationCanceledException)
        {
            Remember(new Attempt(null, "timeout", Took()));
            await NoteAsync(delivery, CancellationToken.None);
            if (ct.IsCancellationRequested) throw;
            return DeliveryOutcome.Failed("timeout");   // no connection within its own, shorter time
        }

        double Took() => Stopwatch.GetElapsedTime(began).TotalMilliseconds;

        void Remember(Attempt attempt)
        {
            _attempts.AddOrUpdate(delivery, attempt);
            GatewayMetrics.WebhookAttempted(delivery.Tenant, webhook.Type, attempt.Status, attempt.Milliseconds);
        }
    }

    private async Task NoteAsync(Delivery delivery, CancellationToken ct)
    {
        await using var session = _store.LightweightSession(delivery.Tenant);
        Note(session, delivery, []);
        await session.SaveChangesAsync(ct);
    }

    private async Task EndAsync(Delivery delivery, WebhookState state, string? error, SqlStatement done, CancellationToken ct)
    {
        await using var session = _store.LightweightSession(delivery.Tenant);
        Note(session, delivery, new() { [nameof(WebhookDelivery.State)] = state, [nameof(WebhookDelivery.LastError)] = error });
        session.QueueSqlCommand(done.Sql, done.Args);
        await session.SaveChangesAsync(ct);
    }

    /// <summary>Into the log, and only what is new, whatever else is noted at the same time. An attempt counts once.</summary>
    private void Note(IDocumentSession session, Delivery delivery, Dictionary<string, object?> news)
    {
        var made = _attempts.TryGetValue(delivery, out var attempt);
        if (made)
        {
            news.TryAdd(nameof(WebhookDelivery.LastError), attempt!.Error);
            news[nameof(WebhookDelivery.LastStatus)] = attempt.Status;
            news[nameof(WebhookDelivery.LastMilliseconds)] = attempt.Milliseconds;
            news[nameof(WebhookDelivery.LastAttemptAt)] = _real.Now;
            _attempts.Remove(delivery);
        }

        session.QueueSqlCommand(
            """
            update gateway.mt_doc_webhookdelivery
            set data = data || ?::jsonb || jsonb_build_object('Attempts', (data ->> 'Attempts')::int + ?), mt_last_modified = ?
            where tenant_id = ? and id = ?
            """,
            JsonSerializer.Serialize(news, StoredJson.Options), made ? 1 : 0, _clock.GetUtcNow(), delivery.Tenant, delivery.Read<WebhookToSend>().Delivery);
    }

    private void Leave((string, string) place)
    {
        if (_underWay.AddOrUpdate(place, 0, (_, now) => now - 1) == 0) _underWay.TryRemove(new(place, 0));
    }
}
