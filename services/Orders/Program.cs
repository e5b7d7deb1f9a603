using Engagement.Contracts;
using Engagement.Orders;
using Engagement.Orders.Reading;
using Engagement.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddEventSourcing(OrdersService.Model);

var app = builder.Build();
app.MapDefaultEndpoints();
app.RequireInternalSignature();
app.MapGet("/v1/orders/{id}", GetOrder.Handle);
app.MapDeadLettersEndpoints().ForOperators();
app.Run();

namespace Engagement.Orders
{
    /// <summary>What Orders keeps and sends.</summary>
    public static class OrdersService
    {
        public static ServiceModel Model { get; } = new("orders",
            streams => streams.Projections.Snapshot<Order>(SnapshotLifecycle.Inline),
            routes =>
            {
                routes.PublishMessage<SendMessage>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<Contracts.OrderPlaced>().ToPostgresqlQueue("carts");
            });
    }
}
