using System.Globalization;
using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Switching;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging.Requesting;

/// <summary>Where a message can't go, a person has to find another way: a task for each cause.</summary>
internal static class AskStaff
{
    public const string UnknownCustomer = "unknown-customer";
    public const string Undeliverable = "undeliverable";
    private const string Call = "call";

    /// <summary>As long as we take for an answer to a customer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(48);

    public static RaiseStaffTask For(MessageKey message, StaffTaskKind kind, CustomerId? customer, Occasion occasion, DateTimeOffset now) =>
        new(KeyOf(message, kind), kind, Urgency.Normal, customer, occasion.Subject, now + Patience, now);

    /// <summary>Customers get the built-in words until somebody sees to the shop's own.</summary>
    public static RaiseStaffTask AboutTemplate(TemplateId id, int version, DateTimeOffset now) => new(
        new($"{ReasonOf(StaffTaskKind.TemplateFailed)}/{id.Name}/{version}"), StaffTaskKind.TemplateFailed, Urgency.High, null, id.StreamKey, now + Patience, now);

    /// <summary>So that it isn't forgotten that nothing goes.</summary>
    public static RaiseStaffTask ToResume(int stops, DateTimeOffset now) => new(
        KeyOf(stops), StaffTaskKind.SendingStopped, Urgency.High, null, SendingSwitch.Key, now + TimeSpan.FromHours(1), now);

    public static WithdrawStaffTask Resumed(int stops, DateTimeOffset now) => new(KeyOf(stops), WithdrawalReason.SendingResumed, now);

    public static WithdrawStaffTask NoMore(MessageKey message, StaffTaskKind kind, WithdrawalReason reason, DateTimeOffset now) =>
        new(KeyOf(message, kind), reason, now);

    /// <summary>
    /// Whether a person is asked for another way where a message could not be delivered. Nobody looks for one to advertise, nor for one to somebody who must
    /// not be written to.
    /// </summary>
    public static bool NeedsPerson(Message message, string? reason)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Test is null && reason switch
        {
            Undeliverable => message.Nature != MessageNature.Marketing,
            Suppression.Bounced or Suppression.Complained => Suppression.IsOwed(message.Kind),
            _ => false,
        };
    }

    /// <summary>The task that waits for somebody because of a message as it is; null where there is none.</summary>
    public static StaffTaskKind? OpenFor(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.State switch
        {
            MessageState.HandedToStaff => message.Reason switch
            {
                UnknownCustomer => StaffTaskKind.UnknownCustomer,
                Call => StaffTaskKind.CallCustomer,
                _ => StaffTaskKind.NoAddress,
            },
            MessageState.Suppressed or MessageState.Bounced when NeedsPerson(message, message.Reason) => StaffTaskKind.Undeliverable,
            _ => null,
        };
    }

    /// <summary>The message that a task was about; null where it was about something else.</summary>
    public static MessageKey? MessageOf(StaffTaskDone done) =>
        Reasons(done.Kind) is { } reason && done.Key.Value.StartsWith($"{reason}/", StringComparison.Ordinal) ? new(done.Key.Value[(reason.Length + 1)..]) : null;

    /// <summary>How the message's own stream calls it.</summary>
    public static string ReasonOf(StaffTaskKind kind) => Reasons(kind) ?? throw new ArgumentOutOfRangeException(nameof(kind), kind, "No task of ours.");

    /// <summary>Null for what other services raise.</summary>
    private static string? Reasons(StaffTaskKind kind) => kind switch
    {
        StaffTaskKind.UnknownCustomer => UnknownCustomer,
        StaffTaskKind.NoAddress => "no-address",
        StaffTaskKind.Undeliverable => Undeliverable,
        StaffTaskKind.CallCustomer => Call,
        StaffTaskKind.TemplateFailed => "template-failed",
        StaffTaskKind.SendingStopped => "sending-stopped",
        _ => null,
    };

    /// <summary>Each stop is a task of its own.</summary>
    private static StaffTaskKey KeyOf(int stops) => new($"{ReasonOf(StaffTaskKind.SendingStopped)}/{stops.ToString(CultureInfo.InvariantCulture)}");

    private static StaffTaskKey KeyOf(MessageKey message, StaffTaskKind kind) => new($"{ReasonOf(kind)}/{message.Value}");
}
