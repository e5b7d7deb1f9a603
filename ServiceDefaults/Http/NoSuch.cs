using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.ServiceDefaults;

/// <summary>Answers 404 with problem details that name what isn't there, and is described so by OpenAPI. Immutable.</summary>
/// <param name="what">In lower case, without an article: <c>order</c>; never an id.</param>
public sealed class NoSuch(string what) : IResult, IEndpointMetadataProvider
{
    public string Title { get; } = $"There is no such {what}.";

    public Task ExecuteAsync(HttpContext httpContext) =>
        TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: Title).ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status404NotFound, typeof(ProblemDetails), ["application/problem+json"]));
    }
}
