namespace Engagement.Hosting;

/// <summary>The application can't run; the message is one sentence for the person who started it.</summary>
/// <remarks>Source: <c>Aspire.Hosting.DistributedApplicationException</c>.</remarks>
public sealed class DistributedApplicationException : Exception
{
    public DistributedApplicationException()
    {
    }

    public DistributedApplicationException(string message) : base(message)
    {
    }

    public DistributedApplicationException(string message, Exception inner) : base(message, inner)
    {
    }
}
