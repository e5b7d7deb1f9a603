using System.Diagnostics.CodeAnalysis;

namespace Engagement.ServiceDefaults;

/// <summary>One thing that is wrong with a body.</summary>
/// <param name="Field">Where, as a JSON pointer: <c>/scopes/0</c>.</param>
/// <param name="Code">What programs go by: <c>required</c>.</param>
/// <param name="Message">The rule, for people; never the value.</param>
public sealed record FieldError(string Field, string Code, string Message);

/// <summary>Refuses a body that can be read and yet isn't valid: 400 with all its <see cref="FieldError"/>s.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "Reads as a sentence where it is thrown.")]
public sealed class Invalid(params IReadOnlyList<FieldError> errors) : Exception("Some fields are not valid.")
{
    public IReadOnlyList<FieldError> Errors { get; } = errors;
}
