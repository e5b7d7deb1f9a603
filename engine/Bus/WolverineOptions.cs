using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;

namespace Engagement.Bus;

/// <summary>What a service listens to, sends and does when a handler fails. Configured once at start-up.</summary>
public sealed class WolverineOptions : IWithFailurePolicies
{
    /// <summary>The service's name and its own queue, where its cascading and scheduled messages wait.</summary>
    public string ServiceName { get; set; } = "";

    /// <summary>Where handlers are looked for; default is the assembly that calls <c>UseWolverine</c>.</summary>
    public Assembly? ApplicationAssembly { get; set; }

    /// <summary>Kept for Wolverine's sake.</summary>
    public WolverinePolicies Policies { get; } = new();

    /// <summary>Which messages keep their order.</summary>
    public MessagePartitioningRules MessagePartitioning { get; } = new();

    /// <summary>How queues are worked.</summary>
    public DurabilitySettings Durability { get; } = new();

    FailureRules IWithFailurePolicies.Failures => Failures;

    internal FailureRules Failures { get; } = new();

    /// <summary>Called at each step, with the connection that holds its transaction; for tests.</summary>
    internal Action<FaultPoint, NpgsqlConnection?>? Fault { get; set; }

    internal string TransportSchema { get; set; } = "bus";

    internal Dictionary<Type, HashSet<string>> Routes { get; } = [];

    internal HashSet<string> ListenedQueues { get; } = [];

    internal JsonSerializerOptions Json { get; } = new() { Converters = { new JsonStringEnumConverter() }, AllowOutOfOrderMetadataProperties = true };

    /// <summary>Handles what other services send to this PostgreSQL queue.</summary>
    public void ListenToPostgresqlQueue(string queueName) => ListenedQueues.Add(queueName);

    /// <summary>Begins a rule for where messages of one type go. Without a rule they go to this service's own handler.</summary>
    public PublishingExpression PublishMessage<T>() => new(this, typeof(T));

    /// <summary>Adjusts how messages become JSON.</summary>
    public void UseSystemTextJsonForSerialization(Action<JsonSerializerOptions>? configuration = null) => configuration?.Invoke(Json);
}

/// <summary>A rule for where messages of one type go.</summary>
public sealed class PublishingExpression
{
    private readonly WolverineOptions _options;
    private readonly Type _messageType;

    internal PublishingExpression(WolverineOptions options, Type messageType) => (_options, _messageType) = (options, messageType);

    /// <summary>
    /// To this queue, and to those of other rules for the type: each gets a message of its own. A name of other than lower-case letters, digits and underscores
    /// ends the start.
    /// </summary>
    public void ToPostgresqlQueue(string queueName)
    {
        if (!_options.Routes.TryGetValue(_messageType, out var queues)) _options.Routes[_messageType] = queues = [];
        queues.Add(queueName);
    }
}

/// <summary>Kept for Wolverine's sake: the engine's handlers are always transactional and its queues durable.</summary>
public sealed class WolverinePolicies
{
    /// <summary>Changes nothing: each handler is one transaction.</summary>
    public void AutoApplyTransactions()
    {
    }

    /// <summary>Changes nothing: every queue is a table.</summary>
    public void UseDurableLocalQueues()
    {
    }

    /// <summary>Changes nothing: a message leaves its queue with its handler's commit.</summary>
    public void UseDurableInboxOnAllListeners()
    {
    }

    /// <summary>Changes nothing: what a handler sends leaves with its commit.</summary>
    public void UseDurableOutboxOnAllSendingEndpoints()
    {
    }
}

/// <summary>How queues are worked. The defaults suit two cores.</summary>
public sealed class DurabilitySettings
{
    /// <summary>The safety net beside notifications; default one second.</summary>
    public TimeSpan ScheduledJobPollingTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Most messages claimed in one transaction; default 50.</summary>
    public int RecoveryBatchSize { get; set; } = 50;

    /// <summary>How many batches a queue works at once; default twice the cores.</summary>
    public int MaximumParallelBatches { get; set; } = Math.Max(2, Environment.ProcessorCount * 2);

    /// <summary>How long a message under which the process ended waits; for tests.</summary>
    internal TimeSpan CrashWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A handler slower than this is run alone from then on; default one second.</summary>
    public TimeSpan SlowHandler { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>Says which group a message belongs to.</summary>
public sealed class MessagePartitioningRules
{
    private readonly List<(Type Type, Func<object, string?> Group)> _rules = [];

    /// <summary>The group of messages that are, derive from or implement <typeparamref name="T"/>; the first rule that fits counts.</summary>
    public MessagePartitioningRules ByMessage<T>(Func<T, string> strategy)
    {
        _rules.Add((typeof(T), message => strategy((T)message)));
        return this;
    }

    internal string? GroupOf(object message)
    {
        foreach (var (type, group) in _rules)
        {
            if (type.IsInstanceOfType(message)) return group(message);
        }

        return null;
    }
}
