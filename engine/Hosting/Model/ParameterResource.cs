using Microsoft.Extensions.Configuration;

namespace Engagement.Hosting;

/// <summary>A value from outside: <c>Parameters:{name}</c> of the configuration.</summary>
public sealed class ParameterResource : Resource
{
    private readonly DistributedApplicationBuilder builder;

    internal ParameterResource(string name, bool secret, DistributedApplicationBuilder builder) : base(name)
    {
        Secret = secret;
        this.builder = builder;
    }

    /// <summary>A secret without a configured value is made up once and kept in <c>.engagement/parameters.json</c>.</summary>
    public bool Secret { get; }

    /// <exception cref="DistributedApplicationException">It has no value and is no secret.</exception>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        // A shell can't set a variable with a hyphen, so Parameters__master_key serves too.
        var configured = builder.Configuration[$"Parameters:{Name}"] ?? builder.Configuration[$"Parameters:{Name.Replace('-', '_')}"];
        return configured is not null ? new(configured)
            : Secret ? new(builder.Parameters.GetOrCreate(Name))
            : throw new DistributedApplicationException($"The parameter '{Name}' has no value: set Parameters:{Name}.");
    }
}

/// <summary>Adds parameters.</summary>
public static class ParameterResourceBuilderExtensions
{
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, secret, (DistributedApplicationBuilder)builder));
}
