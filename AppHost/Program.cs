var builder = DistributedApplication.CreateBuilder(args);

var internalSecret = builder.AddParameter("internal-secret", secret: true);
var masterKey = builder.AddParameter("master-key", secret: true);
var adminKey = builder.AddParameter("admin-key", secret: true);
var pageKey = builder.AddParameter("page-key", secret: true);

var postgres = builder.AddPostgres("postgres", password: builder.AddParameter("postgres-password", secret: true)).WithDataVolume();
var database = postgres.AddDatabase("engagement");
var keys = postgres.AddDatabase("engagement-keys", "engagement_keys");

var migrate = builder.AddProject<Projects.Migrate>("migrate")
    .WithReference(postgres)
    .WaitFor(database).WaitFor(keys);

var orders = Service<Projects.Orders>("orders");

var messaging = Service<Projects.Messaging>("messaging")
    .WithReference(keys).WithEnvironment("Keys__Master", masterKey)
    .WithEnvironment("Pages__Key", pageKey);

var support = Service<Projects.Support>("support");

var carts = Service<Projects.Carts>("carts").WithEnvironment("Pages__Key", pageKey);

var gateway = Service<Projects.Gateway>("gateway")
    .WithReference(keys).WithEnvironment("Keys__Master", masterKey)
    .WithEnvironment("Engagement__AdminKey", adminKey).WithEnvironment("Pages__Key", pageKey)
    .WithReference(orders).WithReference(messaging).WithReference(support).WithReference(carts)
    .WithExternalHttpEndpoints();

// Where customers reach the Gateway, as their mails say.
foreach (var writer in new[] { messaging, carts })
{
    if (builder.Configuration["Engagement:PublicUrl"] is { Length: > 0 } publicUrl) writer.WithEnvironment("Engagement__PublicUrl", publicUrl);
    else writer.WithEnvironment("Engagement__PublicUrl", gateway.GetEndpoint("http"));
}

builder.Build().Run();

IResourceBuilder<ProjectResource> Service<TProject>(string name) where TProject : IProjectMetadata, new() =>
    builder.AddProject<TProject>(name)
        .WithReference(database)
        .WithEnvironment("Internal__Secret", internalSecret)
        .WaitForCompletion(migrate)
        .WithHttpHealthCheck("/health");
