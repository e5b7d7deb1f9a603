using Engagement.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Sending;

public static class MailTransports
{
    /// <summary>SMTP when <c>Smtp:Host</c> is set, else a folder of <c>.eml</c> files; and <see cref="MailOptions"/>.</summary>
    public static IServiceCollection AddMailTransport(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.Configure<MailOptions>(configuration.GetSection("Mail"));
        services.Configure<SmtpOptions>(configuration.GetSection("Smtp"));
        services.TryAddSingleton(RealTime.System);
        return services.AddSingleton<IMailTransport>(provider =>
        {
            var smtp = provider.GetRequiredService<IOptions<SmtpOptions>>().Value;
            if (!string.IsNullOrWhiteSpace(smtp.Host))
                return new SmtpTransport(smtp, provider.GetRequiredService<RealTime>().Clock, provider.GetService<ILogger<SmtpTransport>>());

            var folder = provider.GetRequiredService<IOptions<MailOptions>>().Value.Folder;
            return new EmlFolder(folder ?? Path.Combine(configuration["Engagement:Home"] ?? ".engagement", "mail"));
        });
    }
}
