using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Templating;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Permitting;

/// <summary>Marketing as other services ask for it, and what customers say to it.</summary>
internal static class Marketing
{
    public static SendMessage Reminder(string cart = "abc", CustomerId? customer = null, DateTimeOffset? at = null, MessageKind kind = MessageKind.CartReminder) => new(
        new MessageKey($"{kind.Name()}/cart-{cart}"), kind, customer ?? Giulia, new Occasion($"cart/{cart}", at ?? Noon.AddHours(-1)),
        Samples.Full(kind, Noon));

    public static SendMessage Of(MessageKind kind, CustomerId? customer = null) =>
        new(new MessageKey($"{kind.Name()}/x"), kind, customer ?? Giulia, new Occasion("order/1001", Noon.AddHours(-1)), Samples.Full(kind, Noon));

    public static RecordPermission Consent(CustomerId? customer = null, DateTimeOffset? at = null) =>
        PermissionTests.Said(true, customer: customer, at: at ?? Noon.AddDays(-1), evidence: "checkout-v3");

    public static RecordPermission OneClick(SendMessage from, DateTimeOffset at, params Purpose[] purposes) => PermissionTests.Said(
        false, purposes, Channel.Email, PermissionBasis.OneClick, null, at, from.CustomerId, from.Key);

    /// <summary>Everybody can be reached, and has said yes to everything.</summary>
    public static async Task Ready(this ServiceHost messaging, params CustomerId[] customers)
    {
        foreach (var customer in customers.DefaultIfEmpty(Giulia))
        {
            await messaging.Seen(customer);
            await messaging.Tell(Consent(customer));
        }

        await messaging.Drain();
    }

    /// <summary>Changes the shop's settings.</summary>
    public static async Task Set(this ServiceHost messaging, string settings)
    {
        using var request = messaging.Sign(HttpMethod.Put, "/v1/settings/messaging");
        request.Content = new StringContent(settings, Encoding.UTF8, "application/json");
        using var answer = await messaging.Client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>State and reason.</summary>
    public static async Task<string> FateOf(this ServiceHost messaging, SendMessage asked) =>
        await messaging.Message(asked) is { } message ? $"{message.State} {message.Reason ?? message.Withdrawn}".TrimEnd() : "unknown";

    public static async Task TellAndDrain(this ServiceHost messaging, params object[] messages)
    {
        await messaging.Tell(messages);
        await messaging.Drain();
    }
}

/// <summary>A mail server that lets something happen between the content and the final dot, or after it.</summary>
internal sealed class SlowTransport(Func<int, Task>? beforeDot = null, Func<int, Task>? afterDot = null) : IMailTransport
{
    private int _attempts;

    public List<OutgoingMail> Sent { get; } = [];

    public async Task<bool> SendAsync(OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, CancellationToken ct)
    {
        var attempt = Interlocked.Increment(ref _attempts);
        if (beforeDot is not null) await beforeDot(attempt);
        if (!await stillMine(ct)) return false;
        lock (Sent) Sent.Add(mail);
        if (afterDot is not null) await afterDot(attempt);
        return true;
    }
}
