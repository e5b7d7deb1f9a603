using Engagement.Contracts;
using Engagement.Messaging;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Erasing;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Reading;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Social;
using Engagement.Messaging.Switching;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Options;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddPersonalData();
builder.AddEventSourcing(MessagingService.Model);
builder.Services.AddSingleton<Outbox>().AddSingleton<HeldWarning>().AddSingleton<Writer>().AddSingleton<Readying>().AddPageLinks();
builder.Services.AddMailTransport(builder.Configuration);
builder.Services.AddHostedService<CountStopped>();
builder.AddDeliveries<SmsChannel>(MessagingService.Model.Name);
builder.AddDeliveries<MailChannel>(MessagingService.Model.Name, deliveries => SmtpOptions.From(builder.Configuration).Fit(deliveries));
builder.Services.AddSingleton<Erasures>();
builder.AddDeliveries<ErasureChannel>(MessagingService.Model.Name);
builder.AddSocial();

var app = builder.Build();
app.MapDefaultEndpoints();
app.RequireInternalSignature();
app.MapGet("/v1/messages", ListMessages.Handle).SayingIfStopped();
app.MapGet("/v1/messages/{**key}", GetMessage.Handle).SayingIfStopped();
app.MapGet("/v1/sending", GetSending.Handle);
app.MapPost("/v1/sending/stop", StopSendingEndpoint.Handle);
app.MapPost("/v1/sending/resume", ResumeSendingEndpoint.Handle);
app.MapGet("/v1/permissions/{customer}", GetPermissions.Handle);
app.MapTemplates();
app.MapPost("/v1/addresses/clear", ClearAddressEndpoint.Handle);
app.MapSocial();
app.MapDeadLettersEndpoints().ForOperators();
app.MapGet("/v1/readers", GetReader.Handle);
app.MapSettings<MessagingSettings>(MessagingService.Model.Name, (context, given) =>
    given.Filled(context.Tenant(), context.RequestServices.GetRequiredService<IOptions<MailOptions>>().Value),
    (context, given, before) => Task.FromResult(given with { Sms = SmsSettings.Keep(context, given.Sms, before.Sms) }));
app.MapSettings<LayoutSettings>("layout", (_, given) => given);
app.Run();

namespace Engagement.Messaging
{
    /// <summary>What Messaging keeps and tells.</summary>
    public static class MessagingService
    {
        public static ServiceModel Model { get; } = new("messaging",
            streams =>
            {
                streams.Projections.Snapshot<Message>(SnapshotLifecycle.Inline);
                streams.Schema.For<Message>()
                    .Index([message => message.Customer!, message => message.State])
                    .Index([message => message.Customer!, message => message.Cursor])
                    .Index([message => message.State, message => message.Cursor])
                    .Index(message => message.Cursor)
                    .Index(message => message.Subject)
                    .Index(message => message.MessageId);
                streams.Projections.Snapshot<Permission>(SnapshotLifecycle.Inline);
                streams.Projections.Snapshot<Pace>(SnapshotLifecycle.Inline);
                streams.Projections.Snapshot<SendingSwitch>(SnapshotLifecycle.Inline);
                streams.Projections.Snapshot<Address>(SnapshotLifecycle.Inline);
                streams.Projections.Snapshot<ShopTemplate>(SnapshotLifecycle.Inline);
                streams.Projections.Snapshot<ShopSettings>(SnapshotLifecycle.Inline);
                streams.Schema.For<Contact>();
                streams.Schema.For<ErasedCustomer>();
                streams.Projections.Snapshot<Post>(SnapshotLifecycle.Inline);
                streams.Schema.For<Post>().Index(post => post.Cursor);
                streams.Schema.For<Silence>();
            },
            routes =>
            {
                routes.PublishMessage<RaiseStaffTask>().ToPostgresqlQueue("support");
                routes.PublishMessage<WithdrawStaffTask>().ToPostgresqlQueue("support");
                routes.PublishMessage<Contracts.MessageSent>().ToPostgresqlQueue("gateway");
                routes.PublishMessage<Contracts.MessageSent>().ToPostgresqlQueue("orders");
                routes.PublishMessage<Contracts.MessageSuppressed>().ToPostgresqlQueue("gateway");
                routes.PublishMessage<Contracts.MessageSuppressed>().ToPostgresqlQueue("orders");
                routes.PublishMessage<PermissionChanged>().ToPostgresqlQueue("gateway");
                routes.PublishMessage<SendingSwitched>().ToPostgresqlQueue("gateway");
                routes.PublishMessage<MessageFailed>().ToPostgresqlQueue("gateway");
                routes.PublishMessage<MessageFailed>().ToPostgresqlQueue("orders");
                routes.PublishMessage<Contracts.MessageSent>().ToPostgresqlQueue("carts");
                routes.PublishMessage<Contracts.MessageSuppressed>().ToPostgresqlQueue("carts");
                routes.PublishMessage<MessageFailed>().ToPostgresqlQueue("carts");
                routes.PublishMessage<PermissionChanged>().ToPostgresqlQueue("carts");
                routes.PublishMessage<CustomerDataErased>().ToPostgresqlQueue("carts");
                routes.PublishMessage<CustomerDataErased>().ToPostgresqlQueue("gateway");
            })
        {
            HasDeliveries = true,
        };
    }
}
