using Engagement.Carts;
using Engagement.Carts.Reading;
using Engagement.Carts.Settings;
using Engagement.Carts.Shoppers;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddEventSourcing(CartsService.Model);
builder.Services.AddPageLinks();

var app = builder.Build();
app.MapDefaultEndpoints();
app.RequireInternalSignature();
app.MapGet("/v1/carts/{id}", GetCart.Handle);
app.MapGet("/v1/carts/{id}/next-step", GetNextStep.Handle);
app.MapGet("/v1/carts/{id}/words", GetCartWords.Handle);
app.MapGet("/v1/abandoned-carts", ListAbandonedCarts.Handle);
app.MapGet("/v1/cart-recovery", GetRecoveryReport.Handle);
app.MapGet("/v1/cart-funnel", GetFunnel.Handle);
app.MapSettings<CartsSettings>(CartsService.Model.Name, (_, given) => given.WithDefaults());
app.MapDeadLettersEndpoints().ForOperators();
app.Run();

namespace Engagement.Carts
{
    /// <summary>What Carts keeps and sends.</summary>
    public static class CartsService
    {
        public static ServiceModel Model { get; } = new("carts",
            streams =>
            {
                streams.Projections.Snapshot<Cart>(SnapshotLifecycle.Inline);
                streams.Projections.Snapshot<ShopSettings>(SnapshotLifecycle.Inline);
                streams.Schema.For<Shopper>();
                streams.Schema.For<CountedCart>();
                streams.Schema.For<AbandonedCart>().Index(left => left.Counted).Index(left => left.Cursor).Index([left => left.State, left => left.Cursor])
                    .Index([left => left.Customer!, left => left.Cursor]).Index([left => left.Reason!, left => left.Cursor])
                    .Index([left => left.CheckoutStep!, left => left.Cursor]);
            },
            routes =>
            {
                routes.PublishMessage<SendMessage>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<WithdrawMessages>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<RaiseStaffTask>().ToPostgresqlQueue("support");
                routes.PublishMessage<CartAbandoned>().ToPostgresqlQueue("gateway");
                routes.PublishMessage<CartRecovered>().ToPostgresqlQueue("gateway");
            });
    }
}
