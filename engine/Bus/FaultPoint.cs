namespace Engagement.Bus;

/// <summary>The steps of handling a message, between any two of which the process or its connection may end. Tests end them there.</summary>
internal enum FaultPoint
{
    /// <summary>A look for what is due begins.</summary>
    Looking,

    /// <summary>Timers or retries are in the queue, and nobody has been told.</summary>
    Moved,

    /// <summary>Messages are deleted from the queue, in a transaction.</summary>
    Claimed,

    /// <summary>A handler has run; what it saved may not have been sent to the database.</summary>
    Handled,

    /// <summary>What handlers saved is in the transaction.</summary>
    Flushed,

    Committing,

    /// <summary>Nobody has been told.</summary>
    Committed,

    Told,

    /// <summary>After a failure the batch, or the failed message, is taken anew.</summary>
    ClaimedAgain,

    AtSavepoint,

    SavepointReleased,

    SavepointRolledBack,

    /// <summary>The retry or the dead letter waits to be sent to the database.</summary>
    FailureStored,

    /// <summary>The careful way: the attempt is about to be committed before it begins.</summary>
    CountingAttempt,

    AttemptCounted,

    /// <summary>The counted message is taken for good.</summary>
    CountedTaken,

    /// <summary>An invocation outside a queue is committed, and nobody has been told what it sent.</summary>
    Invoked,

    /// <summary>Other processes are about to be woken.</summary>
    Notifying,
}
