var builder = DistributedApplication.CreateBuilder(args);

var internalSecret = builder.AddParameter("internal-secret", secret: true);
var masterKey = builder.AddParameter("master-key", secret: true);

var postgres = builder.AddPostgres("postgres", password: builder.AddParameter("postgres-password", secret: true)).WithDataVolume();
var database = postgres.AddDatabase("engagement");
var keys = postgres.AddDatabase("engagement-keys", "engagement_keys");

var migrate = builder.AddProject<Projects.Migrate>("migrate")
    .WithReference(postgres)
    .WaitFor(database).WaitFor(keys);

var orders = Service<Projects.Orders>("orders");

var messaging = Service<Projects.Messaging>("messaging")
    .WithReference(keys).WithEnvironment("Keys__Master", masterKey);

var support = Service<Projects.Support>("support");

Service<Projects.Gateway>("gateway")
    .WithReference(keys).WithEnvironment("Keys__Master", masterKey)
    .WithReference(orders).WithReference(messaging).WithReference(support)
    .WithExternalHttpEndpoints();

builder.Build().Run();

IResourceBuilder<ProjectResource> Service<TProject>(string name) where TProject : IProjectMetadata, new() =>
    builder.AddProject<TProject>(name)
        .WithReference(database)
        .WithEnvironment("Internal__Secret", internalSecret)
        .WaitForCompletion(migrate)
        .WithHttpHealthCheck("/health");
