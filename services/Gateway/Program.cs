using Engagement.Contracts;
using Engagement.Gateway;
using Engagement.Gateway.Api;
using Engagement.Gateway.Forwarding;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Outgoing;
using Engagement.Gateway.Pages;
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
builder.Services.AddForwarding("orders", "messaging", "support");
builder.Services.AddScoped<EventIntake>().AddWebhooks().AddHostedService<ForgetSeenEvents>();
builder.AddShops();
builder.AddOutgoingWebhooks();
builder.Services.AddPageLinks().AddSingleton<MyOrderPage>().AddSingleton<CheckInPage>().AddScoped<PreferencesPage>().AddApiDescription();
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
v1.MapPost("/staff-tasks/{key}/{work}", Forward.To("support")).RequireScope(Scopes.Admin)
    .WithSummary("Takes a task, gives it back or ends it").WithTags("Staff tasks");
v1.MapSending();
v1.MapTemplates();
v1.MapSocialPosts();
v1.MapShops();
v1.MapSettings("messaging", "orders");
v1.MapSettingsOf("messaging", "social");
v1.MapSettingsOf("messaging", "layout");
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
