using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Support;
using Engagement.Support.Reading;
using Engagement.Support.Watching;
using Engagement.Support.Working;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDomainClock();
builder.AddEventSourcing(SupportService.Model);
builder.Services.AddHostedService<CountOpenTasks>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.RequireInternalSignature();
app.MapGet("/v1/staff-tasks", ListStaffTasks.Handle);
app.MapGet("/v1/staff-tasks/{key}", GetStaffTask.Handle);
app.MapPost("/v1/staff-tasks/{key}/take", TakeStaffTaskEndpoint.Handle);
app.MapPost("/v1/staff-tasks/{key}/give-back", GiveBackStaffTaskEndpoint.Handle);
app.MapPost("/v1/staff-tasks/{key}/done", CompleteStaffTaskEndpoint.Handle);
app.MapDeadLettersEndpoints().ForOperators();
app.Run();

namespace Engagement.Support
{
    /// <summary>What Support keeps and sends.</summary>
    public static class SupportService
    {
        public static ServiceModel Model { get; } = new("support",
            streams =>
            {
                streams.Projections.Snapshot<StaffTask>(SnapshotLifecycle.Inline);
                streams.Schema.For<StaffTask>().Index([task => task.IsClosed, task => task.Cursor]);
            },
            routes =>
            {
                routes.PublishMessage<StaffTaskDone>().ToPostgresqlQueue("messaging");
                routes.PublishMessage<StaffTaskDone>().ToPostgresqlQueue("orders");
            });
    }
}
