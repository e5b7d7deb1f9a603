using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>What concerns one task for staff: owned by Support. Ids only.</summary>
public interface IStaffTaskMessage : IGrouped
{
    StaffTaskKey Key { get; }

    string IGrouped.GroupId => $"task/{Key.Value}";
}

/// <summary>Asks staff to act. The same key again is the same task, and can only make it more pressing.</summary>
/// <param name="CustomerId">Whom it is about; null where nobody could tell.</param>
/// <param name="Subject">What it is about: <c>order/1001</c>. Never a person.</param>
/// <param name="DueAt">When somebody should have acted.</param>
/// <param name="At">When the need arose.</param>
public sealed record RaiseStaffTask(
    StaffTaskKey Key, StaffTaskKind Kind, Urgency Urgency, CustomerId? CustomerId, string Subject, DateTimeOffset DueAt, DateTimeOffset At) : IStaffTaskMessage;

/// <summary>The need is gone, for good: who raised the task found another way. It may come before the task itself.</summary>
public sealed record WithdrawStaffTask(StaffTaskKey Key, WithdrawalReason Reason, DateTimeOffset At) : IStaffTaskMessage;

/// <summary>A person has done what could be done.</summary>
public sealed record StaffTaskDone(
    StaffTaskKey Key, StaffTaskKind Kind, CustomerId? CustomerId, StaffTaskOutcome Outcome, DateTimeOffset At) : IStaffTaskMessage;

/// <summary>Why staff is needed.</summary>
public enum StaffTaskKind
{
    /// <summary>A message, and nobody could tell to whom.</summary>
    UnknownCustomer,

    /// <summary>A message to a customer whose address we don't have.</summary>
    NoAddress,

    /// <summary>A message that no server took.</summary>
    Undeliverable,

    /// <summary>A shop's own words for a message can't be written: customers get the built-in ones.</summary>
    TemplateFailed,

    /// <summary>A shop has stopped all its messages: somebody has to let them go on.</summary>
    SendingStopped,

    /// <summary>A social post that was not posted.</summary>
    PostFailed,

    /// <summary>A shop that has posted nothing for long.</summary>
    PostSomething,

    /// <summary>A message that only a person can bring, by phone.</summary>
    CallCustomer,

    /// <summary>A thank-you that had not left in time: the customer has to be called.</summary>
    ThankYouOverdue,

    /// <summary>An order that was paid after it was cancelled: give the money back, or deliver.</summary>
    PaidAfterCancellation,

    /// <summary>An order that is still not delivered some days after its customer was told that it is late.</summary>
    OrderLate,

    ParcelLost,

    ParcelReturned,

    /// <summary>A customer who said that something is not right.</summary>
    CustomerUnhappy,

    /// <summary>A customer left a cart because of a problem.</summary>
    CartProblem,
}

/// <summary>How pressing a task is, the least pressing first.</summary>
public enum Urgency
{
    Low,
    Normal,
    High,
}

/// <summary>What a person says when a task is done.</summary>
public enum StaffTaskOutcome
{
    Solved,

    /// <summary>Nothing could be done.</summary>
    Unsolvable,

    /// <summary>Nothing had to be done.</summary>
    NotNeeded,
}

/// <summary>Why a task is not needed any more.</summary>
public enum WithdrawalReason
{
    /// <summary>The shop told late who the customer is.</summary>
    CustomerFound,

    /// <summary>The shop's messages go on again.</summary>
    SendingResumed,

    /// <summary>The post went out after all, is planned anew, or was cancelled.</summary>
    PostSeenTo,

    /// <summary>Something was posted, or the shop doesn't want to be reminded.</summary>
    SilenceOver,

    /// <summary>The customer was erased: nobody is to look for an address.</summary>
    CustomerErased,

    /// <summary>What the task was for has come about, or can't any more.</summary>
    NoLongerNeeded,
}

/// <summary>A customer asks something. <paramref name="OrderId"/>: about this order, as far as is known.</summary>
public sealed record InquiryOpened(InquiryId InquiryId, CustomerId CustomerId, OrderId? OrderId, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"inquiry/{InquiryId.Value}";
}

/// <summary>A person has answered.</summary>
public sealed record InquiryAnswered(InquiryId InquiryId, CustomerId CustomerId, OrderId? OrderId, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"inquiry/{InquiryId.Value}";
}
