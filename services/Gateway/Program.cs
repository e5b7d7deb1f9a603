using Engagement.Contracts;
using Engagement.Gateway;
using Engagement.Gateway.Api;
using Engagement.Gateway.Forwarding;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Outgoing;
using Engagement.Gateway.Pages;
using Engagement.Gateway.Pages.Carts;
using Engagement.Gateway.Pages.Messaging;
using Engagement.Gateway.Pages.Orders;
using Engagement.Gateway.Settings;
using Engagement.Gateway.Shops;
using Engagement.Gateway.Webhooks;
using Engagement.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddPersonalData();
builder.AddEventSourcing(GatewayService.Model);
builder.Services.AddForwarding("orders", "messaging", "support", "carts");
builder.Services.AddScoped<EventIntake>().AddWebhooks().AddHostedService<ForgetSeenEvents>();
builder.AddShops();
builder.AddOutgoingWebhooks();
builder.Services.AddPageLinks().AddSingleton<MyOrderPage>().AddScoped<CheckInPage>().AddScoped<PreferencesPage>().AddSingleton<MyCartPage>()
    .AddScoped<CartQuestionPage>().AddApiDescription();
if (builder.Environment.IsDevelopment()) builder.Services.AddHostedService<DevelopmentWebhooks>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.UseShops();
EventTypesEndpoint.Map(app.MapGroup("/v1").AllowAnonymous().WithTags("Events"));
var v1 = app.MapGroup("/v1").RequireScope(Scopes.Admin);   // where a route asks for nothing else
v1.MapPost("/events", TakeEventsEndpoint.Handle).RequireScope(Scopes.Publish).WithSummary("Publishes events").WithTags("Events");
v1.MapGet("/orders", Forward.To("orders")).RequireScope(Scopes.Read).WithSummary("Orders, the newest first").WithTags("Reading");
v1.MapGet("/order-counts", Forward.To("orders")).RequireScope(Scopes.Read).WithSummary("How many orders there are of each state").WithTags("Reading");
v1.MapGet("/orders/{id}", Forward.To("orders")).RequireScope(Scopes.Read).WithSummary("An order as it is now, and its timeline").WithTags("Reading");
v1.MapGet("/messages", Forward.To("messaging")).RequireScope(Scopes.Read).WithSummary("Messages and what became of them").WithTags("Reading");
v1.MapGet("/messages/{**key}", Forward.To("messaging")).RequireScope(Scopes.Read).WithSummary("One message and its life").WithTags("Reading");
v1.MapGet("/staff-tasks", Forward.To("support")).RequireScope(Scopes.Read).WithSummary("What a person has to do").WithTags("Staff tasks");
v1.MapGet("/staff-tasks/{key}", Forward.To("support")).RequireScope(Scopes.Read).WithSummary("One task").WithTags("Staff tasks");
v1.MapPost("/staff-tasks/{key}/{work}", Forward.To("support")).RequireScope(Scopes.Admin).WithMetadata(new Body("application/json"))
    .WithSummary("Takes a task, gives it back or ends it").WithTags("Staff tasks");
v1.MapCarts();
v1.MapWords();
v1.MapSending();
v1.MapTemplates();
v1.MapSocialPosts();
v1.MapShops();
v1.MapSettings("messaging", "messaging", """
    Null or left out is the default. `name`, `from`, `replyTo`; `language` (`it` or `en`) and `zone` (IANA) of customers who didn't say theirs. When marketing
    rests, on the customer's clock: `quietFrom` (21:00), `quietUntil` (08:00); as `quietFrom` is never. In `capHours` (24) a customer gets `marketingPerCap` (1)
    marketing messages at most. For `flowHours` (72) after its last message a flow keeps other marketing away. An occasion older than `freshnessHours` (72) is
    not written about. `sms {url, secret}`: your webhook that sends texts, signed by Standard Webhooks; `"secret": "set"` keeps the one that is set.
    `channels {"shipped": ["sms", "email"]}`: by message the ways to a customer (`email`, `sms`, `phone`), the first choice first.
    """);
v1.MapSettings("orders", "orders", """
    `leadDays`: working days from the payment to the delivery, promised where no event says a day; null is no promise. `workingDays` (Monday to Friday),
    `holidays` and `zone` make the shop's calendar. `thankYouWithinMinutes` (15): later than that staff call. `lateCallAfterDays` (3): from telling of a delay to
    a call by staff; 0 is none. `checkInEnabled` (true), `checkInAfterDays` (3) from the delivery, `checkInAfterShippingDays` (14) where nobody tells of one,
    `checkInHour` (10) of the customer's day. `reviewInvitationAfterDays` (7): from a happy answer to the invitation; 0 is none.
    """);
v1.MapSettings("carts", "carts", """
    `abandonedAfterMinutes` (60) without activity a cart counts as left. `steps` (`["01:00:00", "24:00:00", "72:00:00"]`): when its customer is written to, at
    most three times; `[]` is never. `attributionDays` (5): for so long after a message that was sent an order counts as won back. `checkoutSteps`: the steps of
    your checkout in their order, each with its `name`, what it is called in `it` and `en`, and what it needs. `incentives`: what is offered with a step; none
    unless you want it. `language` (`it` or `en`) of customers who didn't say theirs; `zone` by whose days carts are counted.
    """);
v1.MapSettings("messaging", "social", """
    `url`: your webhook that posts; without it nothing can be planned. `secret` of its signatures: `set`, or left out, keeps the one that is set.
    `remindAfterDays` (7): without a post for so long staff are reminded; 0 is never.
    """);
v1.MapSettings("messaging", "layout", """
    `logoUrl` (https), shown over the mail. `accent`: the colour of links as `#RRGGBB`, with a contrast of 4.5 to 1 on white. `footer`: the company and its
    legal address, 1 to 6 lines of plain text, 500 characters at most.
    """);
v1.MapWebhookEndpoints();
app.MapWebhooks(v1);
app.MapCustomerPages();
app.MapApiDescription();
if (app.Environment.IsDevelopment()) app.MapDevClock();
app.Run();

namespace Engagement.Gateway
{
    /// <summary>What the Gateway keeps, and the owner of each fact.</summary>
    public static class GatewayService
    {
        public static ServiceModel Model { get; } = new("gateway",
            streams =>
            {
                streams.Schema.For<RegisteredShop>();
                streams.Schema.For<ApiKey>().Index(key => key.Shop);
                streams.Schema.For<KeyUse>();
                streams.Schema.For<SeenEvent>();
                streams.Projections.Snapshot<WebhookEndpoint>(SnapshotLifecycle.Inline);
                streams.Schema.For<WebhookDelivery>().Index([delivery => delivery.Endpoint, delivery => delivery.At]);
                streams.Schema.For<WebhookSource>();
                streams.Schema.For<KeptWebhook>();
            },
            routes =>
            {
                routes.PublishMessage<PlaceOrder>().ToPostgresqlQueue("orders");
                routes.PublishMessage<RecordPayment>().ToPostgresqlQueue("orders");
                routes.PublishMessage<RecordPaymentFailure>().ToPostgresqlQueue("orders");
                routes.PublishMessage<ShipOrder>().ToPostgresqlQueue("orders");
                routes.PublishMessage<ReportParcel>().ToPostgresqlQueue("orders");
                routes.PublishMessage<ConfirmDelivery>().ToPostgresqlQueue("orders");
                routes.PublishMessage<CancelOrder>().ToPostgresqlQueue("orders");
                routes.PublishMessage<RemoveOrder>().ToPostgresqlQueue("orders");
                routes.PublishMessage<RecordRefund>().ToPostgresqlQueue("orders");
                routes.PublishMessage<AnswerCheckIn>().ToPostgresqlQueue("orders");
                routes.PublishMessage<ChangeCart>().ToPostgresqlQueue("carts");
                routes.PublishMessage<AddToCart>().ToPostgresqlQueue("carts");
                routes.PublishMessage<TakeFromCart>().ToPostgresqlQueue("carts");
                routes.PublishMessage<ReachCheckoutStep>().ToPostgresqlQueue("carts");
                routes.PublishMessage<CompleteCheckout>().ToPostgresqlQueue("carts");
                routes.PublishMessage<MergeCarts>().ToPostgresqlQueue("carts");
                routes.PublishMessage<AnswerCartQuestion>().ToPostgresqlQueue("carts");
                routes.PublishMessage<GuestKnown>().ToPostgresqlQueue("carts");
                routes.PublishMessage<CustomerErased>().ToPostgresqlQueue("carts");
                routes.PublishMessage<ContactSeen>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<RecordPermission>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<CustomerErased>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<ReportMessage>().ToPostgresqlQueue("messaging");
            })
        {
            HasDeliveries = true,
        };
    }
}
