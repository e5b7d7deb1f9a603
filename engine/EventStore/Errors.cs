namespace Engagement.EventStore;

/// <summary>Another writer was first: nothing of this save was stored. Reading again and deciding anew is the cure.</summary>
public class ConcurrencyException : Exception
{
    /// <summary>Says what another writer changed.</summary>
    public ConcurrencyException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>The stream was not at the version the writer had read.</summary>
public sealed class EventStreamUnexpectedMaxEventIdException : ConcurrencyException
{
    /// <summary>Says which stream is at which version.</summary>
    public EventStreamUnexpectedMaxEventIdException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>A stream can't be used as was asked, such as an append to one that is archived: nothing of the save was stored.</summary>
public sealed class InvalidStreamOperationException : Exception
{
    /// <summary>Says what was asked of which stream.</summary>
    public InvalidStreamOperationException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>A stream was started under a key that already has one.</summary>
public sealed class ExistingStreamIdCollisionException : Exception
{
    /// <summary>Says which stream exists.</summary>
    public ExistingStreamIdCollisionException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>A document was inserted under an id that already has one.</summary>
public sealed class DocumentAlreadyExistsException : Exception
{
    /// <summary>Says which document exists.</summary>
    public DocumentAlreadyExistsException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>An aggregate's conventional methods, or its stored events, don't fit together.</summary>
public sealed class InvalidProjectionException(string message) : Exception(message);
