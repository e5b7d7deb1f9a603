using Engagement.Messaging;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Reading;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddPersonalData();
builder.AddEventSourcing(MessagingService.Model);
builder.Services.AddSingleton<Outbox>().AddSingleton<Writer>();
builder.Services.AddMailTransport(builder.Configuration);
builder.AddDeliveries<MailChannel>(MessagingService.Model.Name, deliveries => SmtpOptions.From(builder.Configuration).Fit(deliveries));

var app = builder.Build();
app.MapDefaultEndpoints();
app.RequireInternalSignature();
app.MapGet("/v1/messages", ListMessages.Handle);
app.MapGet("/v1/staff-tasks", ListStaffTasks.Handle);
app.MapTemplates();
app.Run();

namespace Engagement.Messaging
{
    /// <summary>What Messaging keeps.</summary>
    public static class MessagingService
    {
        public static ServiceModel Model { get; } = new("messaging",
            streams =>
            {
                streams.Projections.Snapshot<Message>(SnapshotLifecycle.Inline);
                streams.Schema.For<Message>().Index([message => message.Customer!, message => message.State]);
                streams.Projections.Snapshot<ShopTemplate>(SnapshotLifecycle.Inline);
                streams.Schema.For<Contact>();
                streams.Schema.For<StaffTask>();
            },
            _ => { })
        {
            HasDeliveries = true,
        };
    }
}
