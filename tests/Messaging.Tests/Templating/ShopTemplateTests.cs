using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Templating;

public class ShopTemplateTests
{
    private static readonly TemplateSaved First = new(1, "uno", Spec.Noon);
    private static readonly TemplateSaved Second = new(2, "due", Spec.Noon);

    private static readonly Spec<ShopTemplate> Template = new("template/thank-you/it", (template, message, now) => message switch
    {
        SaveTemplate save => SaveTemplateEndpoint.Decide(template, save.Source!, now),
        ActivateTemplate activate => ActivateTemplateEndpoint.Decide(template!, activate.Version, now),
        _ => RollBackTemplateEndpoint.Decide(template, now),
    });

    [Fact]
    public void Each_save_is_the_next_version_and_a_repeat_is_none() => Template
        .When(new SaveTemplate("uno")).Then(First)
        .When(new SaveTemplate("uno")).ThenNothing()
        .When(new SaveTemplate("due")).Then(Second)
        .When(new SaveTemplate("uno")).Then(new TemplateSaved(3, "uno", Spec.Noon));

    [Fact]
    public void A_saved_version_is_a_draft() => Template.Given(First).State!.Active.ShouldBeNull();

    [Fact]
    public void What_is_active_is_not_activated_again() => Template
        .Given(First, Second)
        .When(new ActivateTemplate(2)).Then(new TemplateActivated(2, Spec.Noon))
        .When(new ActivateTemplate(2)).ThenNothing()
        .State!.Active.ShouldBe(2);

    [Fact]
    public void The_way_back_is_the_way_it_came_and_ends_at_the_built_in_words()
    {
        var back = new object();
        var end = Template
            .Given(First, Second, new TemplateActivated(1, Spec.Noon), new TemplateActivated(2, Spec.Noon), new TemplateActivated(1, Spec.Noon))
            .When(back).Then(new TemplateRolledBack(1, 2, Spec.Noon))
            .When(back).Then(new TemplateRolledBack(2, 1, Spec.Noon))
            .When(back).Then(new TemplateRolledBack(1, null, Spec.Noon));
        end.State!.Active.ShouldBeNull();
        Should.Throw<Rejected>(() => end.When(back)).Code.ShouldBe("nothing-active");
        Should.Throw<Rejected>(() => Template.When(back)).Code.ShouldBe("nothing-active");
    }
}
