using Engagement.Contracts;
using Engagement.Orders;
using Engagement.Orders.CheckingIn;
using Engagement.Orders.Reading;
using Engagement.Orders.Settings;
using Engagement.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddEventSourcing(OrdersService.Model);

var app = builder.Build();
app.MapDefaultEndpoints();
app.RequireInternalSignature();
app.MapGet("/v1/orders", ListOrders.Handle);
app.MapGet("/v1/order-counts", CountOrders.Handle);
app.MapGet("/v1/orders/{id}", GetOrder.Handle);
app.MapGet("/v1/orders/{id}/words", GetOrderWords.Handle);
app.MapSettings<OrderSettings>(OrdersService.Model.Name, (_, given) => given.WithDefaults());
app.MapDeadLettersEndpoints().ForOperators();
app.Run();

namespace Engagement.Orders
{
    /// <summary>What Orders keeps and sends.</summary>
    public static class OrdersService
    {
        public static ServiceModel Model { get; } = new("orders",
            streams =>
            {
                streams.Projections.Snapshot<Order>(SnapshotLifecycle.Inline);
                streams.Schema.For<Order>().Index([order => order.Status, order => order.Cursor])
                    .Index([order => order.IsLate, order => order.Cursor])
                    .Index([order => order.IsCheckInOpen, order => order.Cursor])
                    .Index([order => order.Customer, order => order.Cursor])
                    .Index(order => order.Cursor);
                streams.Projections.Snapshot<ShopSettings>(SnapshotLifecycle.Inline);
                streams.Schema.For<CustomersInquiry>().Index([inquiry => inquiry.Customer, inquiry => inquiry.IsOpen]);
            },
            routes =>
            {
                routes.PublishMessage<SendMessage>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<WithdrawMessages>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<PauseMarketing>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<ResumeMarketing>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<RaiseStaffTask>().ToPostgresqlQueue("support");
                routes.PublishMessage<WithdrawStaffTask>().ToPostgresqlQueue("support");
                routes.PublishMessage<OrderLate>().ToPostgresqlQueue("gateway");
                routes.PublishMessage<Contracts.OrderPlaced>().ToPostgresqlQueue("carts");
                routes.PublishMessage<Contracts.OrderCancelled>().ToPostgresqlQueue("carts");
            });
    }
}
