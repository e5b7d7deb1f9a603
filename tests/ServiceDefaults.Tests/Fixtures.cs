using Engagement.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Engagement.ServiceDefaults.Tests;

/// <summary>For tests that hear everything that happens in the process.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
