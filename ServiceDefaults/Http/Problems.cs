using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>
/// Answers what a request's code throws with problem details (RFC 9457): <see cref="Rejected"/> 409 with its code, <see cref="Invalid"/> 400
/// with its errors, unreadable JSON 400 with a pointer, a parameter that doesn't fit 400 with its name, U+0000 400, <see cref="Unanswerable"/> and any other
/// bad request its own status, anything else 500, described in development only.
/// </summary>
internal sealed partial class Problems(IProblemDetailsService writer, IHostEnvironment environment, ILogger<Problems> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = Describe(exception);
        if (problem.Status >= StatusCodes.Status500InternalServerError)
        {
            log.LogError(exception, "{Method} {Route} failed.", httpContext.Request.Method, Route(httpContext));
        }

        httpContext.Response.StatusCode = problem.Status!.Value;
        if (!await writer.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem }))
        {
            await httpContext.Response.WriteAsync(problem.Title ?? "", cancellationToken);   // who asks for HTML still reads the sentence
        }

        return true;
    }

    /// <summary>Where nothing else says what isn't there.</summary>
    internal static void Customize(ProblemDetailsOptions options) => options.CustomizeProblemDetails = it =>
    {
        if (it.ProblemDetails is { Status: StatusCodes.Status404NotFound, Title: "Not Found" } problem) problem.Title = new NoSuch("address").Title;
    };

    // Only what is ours goes out: a framework's message can quote the body.
    private ProblemDetails Describe(Exception exception) => exception switch
    {
        Rejected rejected => new()
        {
            Status = StatusCodes.Status409Conflict,
            Title = rejected.Message,
            Extensions = { ["code"] = rejected.Code },
        },
        Invalid invalid => new()
        {
            Status = StatusCodes.Status400BadRequest,
            Title = invalid.Message,
            Extensions = { ["errors"] = invalid.Errors },
        },
        JsonException json => BadJson(json),
        BadHttpRequestException { InnerException: JsonException json } => BadJson(json),
        Unanswerable ours => new() { Status = ours.StatusCode, Title = ours.Message },
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad => BadParameter(Parameter().Match(bad.Message)),
        BadHttpRequestException bad => new() { Status = bad.StatusCode },
        _ when exception.GetBaseException() is PostgresException
        {
            SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter,
        } => new() { Status = StatusCodes.Status400BadRequest, Title = "There is a character that no text may have." },
        _ => new()
        {
            Status = StatusCodes.Status500InternalServerError,
            Detail = environment.IsDevelopment() ? exception.ToString() : null,
        },
    };

    private ProblemDetails BadParameter(Match match) => match switch
    {
        { Success: false } => new() { Status = StatusCodes.Status400BadRequest },
        _ when match.Groups["name"] is { Success: true } name =>
            Describe(new Invalid(new FieldError($"/{name.Value}", "invalid", "It is missing, or of another type."))),
        _ => new() { Status = StatusCodes.Status400BadRequest, Title = "A body of JSON is missing." },
    };

    private static ProblemDetails BadJson(JsonException json) => new()
    {
        Status = StatusCodes.Status400BadRequest,
        Title = "The JSON can't be read.",
        Detail = "Where pointer leads is a field that isn't known, a value of another type, or no JSON.",
        Extensions = { ["pointer"] = Pointer(json.Path), ["line"] = json.LineNumber + 1 },
    };

    /// <summary><c>$.lines[0].price</c> as the JSON pointer <c>#/lines/0/price</c>.</summary>
    internal static string Pointer(string? path) => "#" + string.Concat(Steps().Matches(path ?? "").Select(step =>
        "/" + (step.Groups["quoted"] is { Success: true } quoted ? quoted.Value : step.Groups["plain"].Value)
            .Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));

    /// <summary>The pattern, not the path: paths carry ids.</summary>
    private static string? Route(HttpContext context) => (context.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)?.RoutePattern.RawText;

    /// <summary>As ASP.NET Core begins what it says of a parameter, before its value, and of a body that isn't there.</summary>
    [GeneratedRegex(
        """^(Implicit body inferred|Required parameter "[^"]+" was not provided from body|(Failed to bind|Required) parameter "\S+ (?<name>\w+)")""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\.(?<plain>[^.\[]+)|\['(?<quoted>.*?)'\]|\[(?<plain>\d+)\]", RegexOptions.ExplicitCapture)]
    private static partial Regex Steps();
}
