using Engagement.EventStore;

namespace Engagement.Bus;

/// <summary>
/// A process that lasts: its public properties are kept as a document under its <c>Id</c> and every message to it is one step, in one
/// transaction with what the step sends. Methods by convention: <c>Start</c> (static, returns the saga first), <c>StartOrHandle</c>,
/// <c>Handle</c>, and <c>static NotFound</c> for messages that come when it is over.
/// </summary>
public abstract class Saga
{
    private bool _isCompleted;

    /// <summary>Counts how often the saga was written (the steps of a batch are written once); two writers at once are noticed by it.</summary>
    public int Version { get; set; }

    /// <summary>Whether this step ends the saga; it is deleted with the step's commit.</summary>
    public bool IsCompleted() => _isCompleted;

    protected void MarkCompleted() => _isCompleted = true;
}

/// <summary>Names the property of a message that holds the saga's id, where its name doesn't say so.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class SagaIdentityAttribute : Attribute;

/// <summary>A message came for a saga that isn't there, and the saga has no <c>NotFound</c> for it.</summary>
public sealed class UnknownSagaException(Type saga, string id) : Exception($"There is no {saga.Name} '{id}' and it has no NotFound method for this message.");

/// <summary>Another step of the same saga was first.</summary>
public sealed class SagaConcurrencyException(string message, Exception? innerException = null) : ConcurrencyException(message, innerException);
