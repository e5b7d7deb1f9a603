using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Engagement.ServiceDefaults;

/// <summary>Refuses a request as it is, where no result can be returned: the status, and one sentence that is ours and so is shown.</summary>
/// <param name="status">400 to 499.</param>
/// <param name="message">For people; never a value of the request.</param>
[SuppressMessage("Naming", "CA1710", Justification = "Reads as a sentence where it is thrown.")]
public sealed class Unanswerable(int status, string message) : BadHttpRequestException(message, status);
