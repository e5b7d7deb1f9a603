using Engagement.Contracts;
using Engagement.Gateway;
using Engagement.Gateway.Forwarding;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddPersonalData();
builder.AddEventSourcing(GatewayService.Model);
builder.Services.AddForwarding("orders", "messaging");
builder.Services.AddHostedService<ForgetSeenEvents>();
if (builder.Environment.IsDevelopment()) builder.Services.AddHostedService<DevelopmentShop>();

var app = builder.Build();
app.MapDefaultEndpoints();
var shops = app.MapGroup("/v1").RequireApiKey();
shops.MapPost("/events", TakeEventsEndpoint.Handle);
shops.MapGet("/orders/{id}", Forward.To("orders"));
shops.MapGet("/messages", Forward.To("messaging"));
shops.MapGet("/staff-tasks", Forward.To("messaging"));
shops.MapMethods("/templates/{**rest}", ["GET", "POST"], Forward.To("messaging"));
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
                streams.Schema.For<ApiKey>();
                streams.Schema.For<SeenEvent>();
            },
            routes =>
            {
                routes.PublishMessage<PlaceOrder>().ToPostgresqlQueue("orders");
                routes.PublishMessage<RecordPayment>().ToPostgresqlQueue("orders");
                routes.PublishMessage<RecordPaymentFailure>().ToPostgresqlQueue("orders");
                routes.PublishMessage<ShipOrder>().ToPostgresqlQueue("orders");
                routes.PublishMessage<ConfirmDelivery>().ToPostgresqlQueue("orders");
                routes.PublishMessage<CancelOrder>().ToPostgresqlQueue("orders");
                routes.PublishMessage<ContactSeen>().ToPostgresqlQueue("messaging");
            });
    }
}
