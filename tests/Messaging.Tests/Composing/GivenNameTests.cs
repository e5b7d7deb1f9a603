using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Tests.Composing;

public class GivenNameTests
{
    [Theory]
    [InlineData("Giulia Rossi", "Giulia")]
    [InlineData("  Giulia\u00a0 Rossi ", "Giulia")]
    [InlineData("Giulia", "Giulia")]
    [InlineData("Rossi, Giulia", "Giulia")]
    [InlineData("Anna-Maria d'Angelo", "Anna-Maria")]
    [InlineData("Łucja Żółć", "Łucja")]
    [InlineData("Διονύσης Παπάς", "Διονύσης")]
    [InlineData("DeShawn McArthur", "DeShawn")]
    [InlineData("MJ Smith", "MJ")]
    public void A_person_is_called_by_the_first_name(string name, string expected) => GivenName.Of(name).ShouldBe(expected);

    [Theory]
    [InlineData("GIULIA ROSSI", "Giulia")]
    [InlineData("GIULIA Rossi", "Giulia")]
    [InlineData("giulia rossi", "Giulia")]
    [InlineData("ANNA-MARIA ROSSI", "Anna-Maria")]
    [InlineData("d'artagnan", "D'Artagnan")]
    [InlineData("JO ROSSI", "Jo")]
    [InlineData("ÉLODIE", "Élodie")]
    public void Shouted_and_whispered_names_get_their_capitals(string name, string expected) => GivenName.Of(name).ShouldBe(expected);

    [Theory]
    [InlineData("Dott.ssa Giulia Rossi", "Giulia")]
    [InlineData("Sig. Mario Rossi", "Mario")]
    [InlineData("PROF. ING. MARIO ROSSI", "Mario")]
    [InlineData("Mr John Smith", "John")]
    [InlineData("John Smith, PhD", "John")]
    [InlineData("J. Robert Oppenheimer", "Robert")]
    public void Titles_and_initials_are_passed_over(string name, string expected) => GivenName.Of(name).ShouldBe(expected);

    [Theory]
    [InlineData("Sig.ra Rossi")]
    [InlineData("G. Rossi")]
    [InlineData("G Rossi")]
    [InlineData("Mr Smith")]
    public void Nobody_is_called_by_the_surname(string name) => GivenName.Of(name).ShouldBeNull();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t")]
    [InlineData("G.")]
    [InlineData("-")]
    [InlineData("n/a")]
    [InlineData("12345")]
    [InlineData("Giulia\ud83d Rossi")]
    [InlineData("giulia88")]
    [InlineData("giulia.rossi")]
    [InlineData("giulia@mail.example")]
    [InlineData("giulia@mail.example Rossi")]
    [InlineData("Cliente")]
    [InlineData("Guest User")]
    [InlineData("ACME S.r.l.")]
    [InlineData("<script>alert</script>")]
    [InlineData("http://evil.example Rossi")]
    public void What_is_no_persons_name_gives_a_neutral_greeting(string? name) => GivenName.Of(name).ShouldBeNull();
}
