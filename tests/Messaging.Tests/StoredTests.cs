using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Erasing;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Reporting;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Social;
using Engagement.Messaging.Switching;
using Engagement.Messaging.Templating;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests;

/// <summary>What lies in the store, in the queue and in the table of deliveries.</summary>
public class StoredTests
{
    private static readonly MessageData Data = (OrderSummary)ThankYou.Data with { Number = "#1001" };

    private static readonly PostContent Content =
        new(["facebook", "x"], "Le tazze \"blu\" sono tornate.", new Uri("https://bottega.example/?q=a%20b"), new Uri("https://bottega.example/a.jpg"), Noon);

    private static readonly object[] Samples =
    [
        new MessageRequested(MessageKind.ThankYou, Giulia, ThankYou.Occasion, Data, Noon, new TemplateTest("it", 3)),
        new MessageReleased(Noon, Channel.Sms),
        new MessageDeferred(Noon.AddHours(9), "quiet-hours", Noon),
        new MessageHeld(Noon),
        new MessageWithdrawn("ordered", Noon),
        new MessageComposed("it", 3, new CustomerId("guest-0b1c"), Noon),
        new MessageSuppressed("stale", Noon),
        new MessageHandedToStaff("no-address", Noon),
        new MessageClosedByStaff(StaffTaskOutcome.Solved, Noon),
        new MessageCustomerFound(Giulia, Data, Noon),
        new MessageSent("thank-you.order-1001.demo@demo.example", Noon),
        new MessageDelivered(Noon),
        new MessageBounced(true, "5.1.1", Noon),
        new MessageComplained(Noon),
        new AddressBounced("5.1.1", "message/thank-you/order-1001", Noon),
        new AddressBouncedSoftly("4.2.2", "message/thank-you/order-1001", Noon),
        new AddressReached(Noon),
        new AddressComplained("message/thank-you/order-1001", Noon),
        new AddressCleared("anna", Noon),
        new NoteAddress(new CustomerId("5f"), AddressFate.Bounced, "5.1.1", "message/thank-you/order-1001", Noon),
        new TemplateSaved(3, "---\nsubject: Grazie, {{order}}\n---\n{{> greeting}}\n\nè \"bello\"\n", Noon),
        new TemplateActivated(3, Noon),
        new TemplateRolledBack(3, 2, Noon),
        new PermissionGranted(Purpose.Carts, Channel.Email, PermissionBasis.Consent, "checkout-v3", Noon.AddHours(-1), Noon),
        new PermissionRefused(
            Purpose.Carts, Channel.Email, PermissionBasis.OneClick, "footer", new MessageKey("cart-reminder/cart-abc"), Noon.AddHours(-1), Noon),
        new MarketingReleased(new MessageKey("cart-reminder/cart-abc"), "cart/abc", Noon),
        new MarketingLeft(new MessageKey("cart-reminder/cart-abc"), "cart/abc", Noon),
        new MarketingTakenBack(new MessageKey("cart-reminder/cart-abc"), Noon),
        new FlowEnded("cart/abc", "ordered", [MessageKind.CartReminder], Noon.AddHours(-1), Noon),
        new MarketingPaused("order/1001", IsPaused: true, Noon.AddHours(-1), Noon),
        new SendingStopped("anna", "wrong prices", Noon),
        new SendingResumed("anna", Noon),
        new HeldForAMinute(ThankYou.Key, Giulia),
        new DeferralEnded(ThankYou.Key, Giulia, Noon.AddHours(9)),
        new ContactPatienceEnded(ThankYou.Key, Giulia),
        new ReportedEarly(new ReportMessage("thank-you.order-1001.demo@demo.example", MessageFate.Bounced, true, "5.1.1", new Reported(Noon, Noon))),
        new MessageToSend("message/thank-you/order-1001"),
        new ErasedCustomer("c-1", Noon),
        new DataToErase("c-1", Noon, Noon.AddMinutes(1), Again: true),
        new Contact(
            "c-1", new Sealed("c2VhbGVk"), HasEmail: true, "it", "Europe/Rome", Noon,
            [new(new Sealed("c2VhbGVk"), ContactFields.Email | ContactFields.Phone, "it", "Europe/Rome", Noon, Noon.AddSeconds(1))]) { HasPhone = true },
        new PostPlanned(Content, Noon),
        new PostChanged(Content, Noon),
        new PostCancelled(Noon),
        new PostPublished(Noon),
        new PostFailed("stale", Noon),
        new PostDue(new PostId("spring"), Noon),
        new PostToSend(new PostId("spring"), Noon),
        new SocialSettings("https://bottega.example/posts", "c2VhbGVk", 7),
        new MessagingSettings("Bottega", "ciao@bottega.example", "aiuto@bottega.example", "it", "Europe/Rome")
        {
            QuietFrom = "21:00", QuietUntil = "08:00", CapHours = 24, MarketingPerCap = 1, FlowHours = 72, FreshnessHours = 72,
            Sms = new("https://sms.example/hooks", "c2VhbGVk"), Channels = new Dictionary<string, IReadOnlyList<string>> { ["shipped"] = ["email", "sms"] },
        },
        new LayoutSettings("https://bottega.example/logo.png", "#7A1F3D", "Bottega S.r.l.\nVia Roma 1"),
        Silence.From(Noon) with { IsReminded = true },
        new SocialSettingsSettled(),
        new ShopPosted(Noon),
        new SilenceLasted(Noon),
    ];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_earlier_shapes_still_read(string name) => StoredShapes.Match(Samples.Single(sample => sample.GetType().Name == name));

    [Fact]
    public void Every_event_timer_and_document_is_approved() => StoredShapes.MatchAll(
        [
            .. StoredShapes.EventsOf<Message>(), .. StoredShapes.EventsOf<Address>(), typeof(NoteAddress), .. StoredShapes.EventsOf<Permission>(), .. StoredShapes.EventsOf<Pace>(), .. StoredShapes.EventsOf<SendingSwitch>(),
            typeof(DeferralEnded), .. StoredShapes.EventsOf<ShopTemplate>(), .. StoredShapes.Of<TimeoutMessage>(typeof(Message).Assembly),
            typeof(MessageToSend), typeof(Contact), typeof(MessagingSettings),
            typeof(ErasedCustomer), typeof(DataToErase),
            .. StoredShapes.EventsOf<Post>(), typeof(PostDue), typeof(PostToSend), typeof(SocialSettings),
            typeof(LayoutSettings), typeof(Silence), typeof(ShopPosted), typeof(SilenceLasted),
        ],
        Samples);
}
