using Microsoft.AspNetCore.Mvc;

namespace Engagement.Gateway.Intake;

/// <summary>Tells a shop what is wrong with a body, as problem details (RFC 9457).</summary>
public static class IntakeProblems
{
    internal static IResult TooLarge() => TypedResults.Problem(statusCode: StatusCodes.Status413PayloadTooLarge, title: "The body is larger than 1 MiB.");

    /// <summary><c>errors</c> lists <c>{index, field, code, message}</c> up to a thousand; <c>errorCount</c> counts all of them.</summary>
    public static ProblemDetails Refused(Reading.Refused reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        return new ProblemDetails
        {
            Title = "The events were refused.",
            Detail = "Nothing of this body was stored. Put right what errors lists, and send it again.",
            Status = StatusCodes.Status400BadRequest,
            Extensions = { ["errorCount"] = reading.Count, ["errors"] = reading.Faults },
        };
    }
}
