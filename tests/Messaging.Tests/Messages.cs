using System.Collections.Concurrent;
using Engagement.Contracts;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Messaging.Tests;

/// <summary>What other services tell Messaging, and what comes of it.</summary>
internal static class Messages
{
    public const string Name = "Giulia Rossi";
    public const string Email = "giulia.rossi@mail.example";

    public static readonly CustomerId Giulia = new("c-1");
    public static readonly CustomerId Marco = new("c-2");

    /// <summary>Asked for at noon, of a payment an hour before.</summary>
    public static readonly SendMessage ThankYou = For("1001", Giulia);

    public static DateTimeOffset Noon => Spec.Noon;

    public static SendMessage For(string order, CustomerId? customer) => new(
        new MessageKey($"thank-you/order-{order}"), MessageKind.ThankYou, customer, new Occasion($"order/{order}", Noon.AddHours(-1)),
        new OrderSummary(
            new OrderId(order), [new OrderLine("Tazza in ceramica", 2, new Money(14.95m, "EUR"))], new Money(29.90m, "EUR"), new DateOnly(2026, 1, 20)));

    public static Task<ServiceHost> Open(PostgresFixture postgres, IMailTransport? transport = null, bool anyAddress = false) =>
        Open(postgres, services =>
        {
            if (transport is not null) services.AddSingleton(transport);
            if (anyAddress) services.AddSingleton(new PublicAddresses(AnyAddress: true));   // a provider on this machine
        });

    /// <param name="beside">Another instance on the same database, with the same clocks.</param>
    public static Task<ServiceHost> Open(
        PostgresFixture postgres, Action<IServiceCollection> services, IEnumerable<(string, string)>? settings = null, ServiceHost? beside = null) =>
        ServiceHost.Open<Program>(
            postgres, MessagingService.Model, services, settings: [("Engagement:PublicUrl", "https://shop.example"), .. settings ?? []], beside: beside);

    /// <summary>The Gateway has seen a customer: the details are sealed.</summary>
    public static async Task Seen(
        this ServiceHost messaging, CustomerId customer,
        string? email = Email, string? language = "it", DateTimeOffset? at = null, string tenant = ServiceHost.Tenant)
    {
        var sealedDetails = await messaging.Services.GetRequiredService<Vault>().SealAsync(tenant, customer, new ContactDetails(Name, email));
        var reported = new Reported(at ?? Noon.AddHours(-1), Noon);
        await messaging.TellFor(tenant, new ContactSeen(customer, sealedDetails, email is not null, language, null, reported));
    }

    /// <summary>As the Gateway of today tells it: with what the details have.</summary>
    public static async Task See(
        this ServiceHost messaging, CustomerId customer, ContactDetails details, DateTimeOffset? at = null, string? language = null) => await messaging.Tell(
        new ContactSeen(
            customer, await messaging.Services.GetRequiredService<Vault>().SealAsync(ServiceHost.Tenant, customer, details), details.Email is not null, language,
            null, new Reported(at ?? Noon.AddHours(-1), Noon), details.Name is not null, details.Phone is not null, details.Address is not null));

    public static Task<Message?> Message(this ServiceHost messaging, SendMessage asked, string tenant = ServiceHost.Tenant) =>
        messaging.Load<Message>(Engagement.Messaging.Message.StreamKey(asked.Key), tenant);

    public static async Task<MessageState?> StateOf(this ServiceHost messaging, SendMessage asked) => (await messaging.Message(asked))?.State;

    /// <summary>What Support was told.</summary>
    public static async Task<object[]> StaffTasks(this ServiceHost messaging) => [.. (await messaging.SentTo("support")).Select(queued => queued.Message)];

    /// <summary>The task that the thank-you for the order 1001 becomes.</summary>
    public static RaiseStaffTask TaskFor(string reason, StaffTaskKind kind, CustomerId? customer, DateTimeOffset at) =>
        new(new($"{reason}/thank-you/order-1001"), kind, Urgency.Normal, customer, "order/1001", at.AddHours(48), at);

    /// <summary>The names of the mails that were sent, without <c>.eml</c>.</summary>
    public static string[] Mails(this ServiceHost messaging) =>
        [.. Directory.GetFiles(Path.Combine(messaging.Home, "mail"), "*.eml").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    /// <summary>Lets the time for the contact pass.</summary>
    public static async Task EndPatience(this ServiceHost messaging)
    {
        messaging.Clock.Advance(TimeSpan.FromSeconds(60));
        await messaging.Drain();
    }
}

/// <summary>A mail server in memory; it answers each attempt, counted from 1, with a failure or takes the mail.</summary>
internal sealed class FakeTransport(Func<int, Exception?>? failure = null) : IMailTransport
{
    private readonly ConcurrentQueue<OutgoingMail> _sent = new();
    private int _attempts;

    public int Attempts => _attempts;

    public IReadOnlyCollection<OutgoingMail> Sent => _sent;

    public async Task<bool> SendAsync(OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, CancellationToken ct)
    {
        if (failure?.Invoke(Interlocked.Increment(ref _attempts)) is { } error) throw error;
        if (!await stillMine(ct)) return false;
        _sent.Enqueue(mail);
        return true;
    }
}
