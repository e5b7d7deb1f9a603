using System.Net;
using System.Net.Http.Json;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Support.Raising;
using Engagement.Support.Watching;
using Engagement.Support.Working;
using Engagement.Testing;

namespace Engagement.Support.Tests;

/// <summary>A task that Messaging raises, what people do with it, and how Support decides on it.</summary>
internal static class Tasks
{
    public static readonly StaffTaskKey Key = new("no-address/thank-you/order-1001");
    public static readonly CustomerId Giulia = new("c-1");
    public static readonly StaffMember Anna = new("anna");
    public static readonly StaffMember Bruno = new("bruno");
    public static readonly DateTimeOffset Due = Noon.AddHours(48);

    public static readonly RaiseStaffTask Raise = new(Key, StaffTaskKind.NoAddress, Urgency.Normal, Giulia, "order/1001", Due, Noon);
    public static readonly WithdrawStaffTask Withdraw = new(Key, WithdrawalReason.CustomerFound, Noon.AddMinutes(1));
    public static readonly TakeStaffTask AnnaTakes = new(Key, Anna);
    public static readonly TakeStaffTask BrunoTakes = new(Key, Bruno);
    public static readonly GiveBackStaffTask AnnaGivesBack = new(Key, Anna);
    public static readonly CompleteStaffTask AnnaSolves = new(Key, Anna, StaffTaskOutcome.Solved);
    public static readonly CompleteStaffTask BrunoSolves = new(Key, Bruno, StaffTaskOutcome.Solved);

    public static readonly StaffTaskRaised Raised = new(StaffTaskKind.NoAddress, Urgency.Normal, Giulia, "order/1001", Due, Noon);
    public static readonly StaffTaskTaken AnnaTook = new(Anna, Noon);
    public static readonly StaffTaskGivenBack AnnaGaveBack = new(Anna, Noon);
    public static readonly StaffTaskCompleted AnnaSolved = new(Anna, StaffTaskOutcome.Solved, Noon);
    public static readonly StaffTaskWithdrawn Withdrawn = new(WithdrawalReason.CustomerFound, Noon.AddMinutes(1));
    public static readonly StaffTaskDeadlineMissed Missed = new(Due, Due);

    public static readonly StaffTaskOverdue Overdue = new(Key, Due);
    public static readonly DeliveryMessage<StaffTaskOverdue> Watched = Overdue.ScheduledAt(Due);
    public static readonly StaffTaskDone Told = new(Key, StaffTaskKind.NoAddress, Giulia, StaffTaskOutcome.Solved, Noon);

    public static DateTimeOffset Noon => Spec.Noon;

    public static Spec<StaffTask> Given(params StaffTaskEvent[] events) => new Spec<StaffTask>(StaffTask.StreamKey(Key), Decide).Given(events);

    /// <summary>The command is refused with this code, and nothing is recorded.</summary>
    public static void ThenRejected(this Spec<StaffTask> spec, object command, string code) =>
        Should.Throw<Rejected>(() => spec.When(command)).Code.ShouldBe(code);

    public static RaiseStaffTask Of(string subject, DateTimeOffset? due = null) =>
        Raise with { Key = new($"no-address/thank-you/{subject.Replace('/', '-')}"), Subject = subject, DueAt = due ?? Due };

    public static Task<ServiceHost> Open(PostgresFixture postgres) => ServiceHost.Open<Program>(postgres, SupportService.Model);

    public static string Path(this StaffTaskKey key, string? work = null) => $"/v1/staff-tasks/{Uri.EscapeDataString(key)}{(work is null ? "" : $"/{work}")}";

    /// <summary>A person's request.</summary>
    public static async Task<(HttpStatusCode Status, string Body)> Ask(
        this ServiceHost support, string work, object? body, StaffTaskKey? key = null, string tenant = ServiceHost.Tenant)
    {
        using var request = support.Sign(HttpMethod.Post, (key ?? Key).Path(work), tenant);
        request.Content = JsonContent.Create(body);
        using var answer = await support.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static IEnumerable<object> Decide(StaffTask? task, object message, DateTimeOffset now)
    {
        var events = message switch
        {
            RaiseStaffTask m => RaiseStaffTaskHandler.Decide(task, m),
            WithdrawStaffTask m => WithdrawStaffTaskHandler.Decide(task, m),
            TakeStaffTask m => TakeStaffTaskHandler.Decide(task, m, now),
            GiveBackStaffTask m => GiveBackStaffTaskHandler.Decide(task, m, now),
            CompleteStaffTask m => CompleteStaffTaskHandler.Decide(task, m, now),
            StaffTaskOverdue m => StaffTaskOverdueHandler.Decide(task, m, now),
            _ => throw new ArgumentOutOfRangeException(nameof(message)),
        };
        return [.. events, .. events.SelectMany(e => StaffTaskStream.Follow(Key, task, e))];
    }
}
