using Engagement.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
