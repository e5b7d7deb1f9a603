using System.Net;
using Engagement.Gateway.Shops;
using Engagement.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Api;

public sealed class ApiDescriptionTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Every_public_route_is_described_and_nothing_else()
    {
        await using var gateway = await Open(postgres, "Development");
        var document = await Describe(gateway);

        var mapped = Routes(gateway).Where(route => route.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .SelectMany(route =>
                route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {route.RoutePattern.RawText!.TrimEnd('/').Replace("{**", "{", StringComparison.Ordinal)}"));
        var described = document.Paths.SelectMany(path => path.Value.Operations!.Keys.Select(method => $"{method.Method} {path.Key}"));
        described.Order().ShouldBe(mapped.Order());
    }

    [Fact]
    public async Task Every_public_route_asks_for_a_key_and_says_which_or_says_that_it_asks_for_none()
    {
        await using var gateway = await Open(postgres);
        bool IsOpen(RouteEndpoint route) => route.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        var routes = Routes(gateway).Where(route => route.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal)).ToArray();
        var open = routes.Where(IsOpen).Select(route => route.RoutePattern.RawText).ToHashSet();

        routes.Where(route => route.Metadata.GetMetadata<Access>() is null && !IsOpen(route)).ShouldBeEmpty();
        foreach (var (path, item) in (await Describe(gateway)).Paths)
        {
            foreach (var (method, operation) in item.Operations!.Where(_ => !open.Contains(path)))
            {
                operation.ShouldSatisfyAllConditions(
                    $"{method} {path}",
                    () => operation.Security!.ShouldHaveSingleItem().Keys.Single().Reference.Id.ShouldBe("key"),
                    () => operation.Summary.ShouldNotBeNullOrEmpty(),
                    () => operation.Description!.ShouldContain("key"),
                    () => operation.Tags.ShouldNotBeNull().ShouldHaveSingleItem(),
                    () => operation.Responses!.Keys.ShouldContain("401"),
                    () => operation.Responses!.Keys.ShouldContain("429"),
                    () => operation.Responses!["403"].Content!.Keys.ShouldBe(["application/problem+json"]));
            }
        }
    }

    [Fact]
    public async Task Every_body_has_an_example_that_is_a_request_of_the_http_file()
    {
        await using var gateway = await Open(postgres);

        foreach (var (path, item) in (await Describe(gateway)).Paths)
        {
            foreach (var (method, operation) in item.Operations!.Where(operation => operation.Value.RequestBody is not null))
            {
                foreach (var (type, body) in operation.RequestBody!.Content!)
                    body.Examples.ShouldNotBeNull($"{method} {path} {type}").Values.ShouldContain(example => example.Value != null);
                operation.Responses!.Keys.ShouldContain("400", $"{method} {path}");
            }
        }
    }

    [Fact]
    public async Task What_is_not_found_is_a_problem_as_everything_else_that_fails()
    {
        await using var gateway = await Open(postgres);

        var missing = (await Describe(gateway)).Paths.SelectMany(path => path.Value.Operations!.Values)
            .Where(operation => operation.Responses!.ContainsKey("404")).Select(operation => operation.Responses!["404"].Content!.Keys).ToArray();
        missing.Length.ShouldBeGreaterThan(10);
        missing.ShouldAllBe(types => types.Single() == "application/problem+json");
    }

    [Fact]
    public async Task Every_setting_of_an_example_is_explained()
    {
        await using var gateway = await Open(postgres);

        foreach (var (path, item) in (await Describe(gateway)).Paths.Where(path => path.Key.StartsWith("/v1/settings/", StringComparison.Ordinal)))
        {
            var body = item.Operations![HttpMethod.Put].RequestBody!;
            foreach (var field in body.Content!.Values.SelectMany(type => type.Examples!.Values).SelectMany(example => example.Value!.AsObject()))
                body.Description!.ShouldContain($"`{field.Key}", Case.Sensitive, path);
        }
    }

    [Theory]
    [InlineData("Development", HttpStatusCode.OK)]
    [InlineData("Testing", HttpStatusCode.NotFound)]
    public async Task It_can_be_tried_out_in_the_browser_in_development_only(string environment, HttpStatusCode expected)
    {
        await using var gateway = await Open(postgres, environment);

        using var answer = await gateway.Client.GetAsync(new Uri("/swagger/index.html", UriKind.Relative));
        answer.StatusCode.ShouldBe(expected);
    }

    /// <summary>Read by another reader than wrote it: valid, or the errors say why.</summary>
    private static async Task<OpenApiDocument> Describe(ServiceHost gateway)
    {
        var json = await gateway.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative));
        json.ShouldContain("\"openapi\": \"3.1");
        var (document, diagnostic) = OpenApiDocument.Parse(json, "json");
        diagnostic!.Errors.ShouldBeEmpty();
        diagnostic.Warnings.ShouldBeEmpty();
        return document!;
    }

    private static IEnumerable<RouteEndpoint> Routes(ServiceHost gateway) =>
        gateway.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();
}
