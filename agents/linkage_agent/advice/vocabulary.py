"""The words by which columns are called, in the languages of the agencies we know of.

Names are written as `headers` reads them: small letters without accents, nothing between the words.
A word that stands for two things in two languages stands under the commoner; `profile` settles the
rest by the columns beside it (`nom` beside `prenom` is the family name).
"""

from collections.abc import Mapping
from typing import Final

from linkage_agent.advice.interface import Meaning

NAMES_OF: Final[Mapping[Meaning, str]] = {
    Meaning.GIVEN_NAME: """
        givenname givennames given firstname firstnames first forename forenames fname gname
        namefirst namegiven givname christianname personalname forename1 firstname1 givenname1
        vorname vornamen rufname prenom prenoms nombre nombres primernombre nomedebattesimo
        voornaam voornamen roepnaam imie imiona fornamn tilltalsnamn fornavn fornafn
        etunimi etunimet adi prenume jmeno keresztnev utonev krestnijmeno ime""",
    Meaning.MIDDLE_NAME: """
        middlename middlenames middle mname mi middleinitial middleinit middleini namemiddle mid
        secondname othernames othername othergivennames secondforename forename2 forename3
        firstname2 givenname2 givenname3 fname2 secondgivenname initial initials
        zweitername zweitervorname deuxiemeprenom segundonombre nombre2 tweedenaam mellannamn
        mellomnavn mellemnavn patronymic patronym otchestvo""",
    Meaning.FAMILY_NAME: """
        familyname familynames family surname surnames lastname lastnames last lname sname namelast
        namefamily sn surname1 lastname1 primarysurname
        nachname familienname zuname nomdefamille nomfamille patronyme apellido apellidos
        primerapellido apellidopaterno apellido1 cognome sobrenome apelido ultimonome
        achternaam familienaam nazwisko efternamn efternavn eftirnafn etternavn slektsnavn
        sukunimi soyad soyadi soyisim numedefamilie prijmeni csaladnev vezeteknev prezime""",
    Meaning.FORMER_NAME: """
        formername formerlastname formersurname formerfamilyname previousname previoussurname
        previouslastname maidenname maiden birthname birthsurname nameatbirth surnameatbirth
        lastnameatbirth priorname oldsurname alias aliasname aka othersurname secondsurname
        surname2 lastname2
        geburtsname maedchenname madchenname nomdenaissance nomnaissance nomdejeunefille
        segundoapellido apellidomaterno apellido2 meisjesnaam geboortenaam nazwiskorodowe
        nazwiskopanienskie flicknamn pikenavn pigenavn tyttonimi kizliksoyadi""",
    Meaning.FULL_NAME: """
        fullname name names completename wholename personname namefull legalname displayname
        namecomplete nameofperson namedesc vollername ganzername nomcomplet nomprenom nom
        nombrecompleto nombreyapellidos nomecompleto nome nomecognome volledigenaam naam
        namn navn nimi adsoyad isim imienazwisko imieinazwisko""",
    Meaning.BIRTH_DATE: """
        dateofbirth birthdate dob birthday birthdt bdate dbirth dtbirth dobdate birth born
        dateborn borndate dtofbirth birthdatetime
        geburtsdatum gebdatum gebdat geburtstag gebtag datedenaissance datenaissance ddn
        neele nele nela fechadenacimiento fechanacimiento fechanac fecnac fnacimiento datadinascita
        datanascita datadenascimento datanascimento dtnasc geboortedatum dataurodzenia
        dataur fodelsedatum fodselsdato fodselsdag foedselsdato syntymaaika syntymapaiva
        dogumtarihi datanasterii datumnarozeni szuletesidatum datumrodenja""",
    Meaning.BIRTH_YEAR: """
        birthyear yearofbirth yob by byear birthyr yearborn dobyear doby yrbirth
        geburtsjahr gebjahr anneedenaissance anneenaissance anonacimiento anodenacimiento
        annodinascita anonascimento anodenascimento geboortejaar rokurodzenia fodelsear
        fodselsar foedselsaar syntymavuosi dogumyili""",
    Meaning.BIRTH_MONTH: """
        birthmonth monthofbirth mob bm bmonth birthmon dobmonth dobm geburtsmonat
        moisdenaissance moisnaissance mesnacimiento mesedinascita mesnascimento geboortemaand
        miesiacurodzenia fodelsemanad fodselsmaned syntymakuukausi""",
    Meaning.BIRTH_DAY: """
        dayofbirth bd bday birthdayofmonth dobday dobd geburtstagtag jourdenaissance
        journaissance dianacimiento giornodinascita dianascimento geboortedag dzienurodzenia""",
    Meaning.AGE: """
        age agey ageyears ageinyears ageyrs currentage birthage ageatevent alter lebensalter
        agee edad eta idade leeftijd wiek alder ika yas""",
    Meaning.SEX: """
        sex gender sexcode gendercode sexcd gendercd administrativegender sexatbirth birthsex
        legalsex geschlecht geschl sexe genre sexo genero sesso genere geslacht plec kon kjonn
        koen sukupuoli cinsiyet pohlavi nem spol""",
    Meaning.HOUSE_NUMBER: """
        streetnumber streetnum streetno stnum stno housenumber housenum houseno hno housenr
        propertynumber buildingnumber buildingno addressnumber addrnum hausnummer hausnr
        numerorue numrue numerodevoie numvoie numerocivico civico numerocalle numeroporta
        huisnummer huisnr nrdomu gatunummer husnummer husnr talonumero kapino""",
    Meaning.STREET: """
        street streetname stname st road roadname streetaddr streetnameonly thoroughfare
        strasse str strassenname rue nomrue nomdevoie voie via calle rua logradouro straat
        straatnaam ulica gata gatunamn gate vej vejnavn veg katu katuosoite sokak cadde utca""",
    Meaning.ADDRESS: """
        address addr fulladdress address1 address01 addr1 addressline1 addressline addrline1
        line1 streetaddress streetaddress1 homeaddress residentialaddress residenceaddress
        postaladdress mailaddress mailingaddress mailingaddress1 physicaladdress wholeaddress
        adresse anschrift wohnadresse strassehausnummer adresse1 adressepostale domicilio
        direccion direccion1 indirizzo endereco morada adres adres1 adress osoite adresi cim
        addresslineone streetandnumber streetandhousenumber""",
    Meaning.ADDRESS_MORE: """
        address2 addr2 addressline2 addrline2 line2 address3 addr3 addressline3 line3
        streetaddress2 unit unitno unitnum unitnumber apt aptno aptnum aptnumber apartment
        flat flatno flatnumber suite building buildingname housename propertyname complement
        adresszusatz wohnung complementadresse piso apartamento interno complemento
        huisnummertoevoeging toevoeging mieszkanie lagenhet""",
    Meaning.TOWN: """
        town city suburb locality village cityname townname towncity citytown posttown
        municipality placeofresidence residence hometown
        ort wohnort stadt gemeinde ville commune localite ciudad localidad municipio poblacion
        citta comune cidade localidade plaats woonplaats stad gemeente miasto miejscowosc gmina
        stadnamn postort kommune poststed kaupunki kunta paikkakunta sehir ilce oras mesto varos
        bynavn""",
    Meaning.COUNTY: """
        county countyname district borough localauthority lga parish departement department
        dept landkreis kreis bezirk provincia province provincie powiat lan fylke maakunta""",
    Meaning.REGION: """
        state statecode stateabbr statename stateprovince statecd region area territory bundesland
        estado regione regiao uf wojewodztwo il""",
    Meaning.COUNTRY: """
        country countrycode countryname nation land staat pays pais paese kraj maa ulke tara
        countryofresidence""",
    Meaning.POSTCODE: """
        postcode postalcode postal zip zipcode zip5 zip9 zipplus4 zippostcode pcode pc pincode
        eircode postcodefull plz postleitzahl codepostal cp codigopostal cap
        codiceavviamentopostale cep codigodepostal postnummer postnr kodpocztowy postinumero
        postakodu codpostal psc iranyitoszam""",
    Meaning.PLACE: """place location placename site venue lieu lugar luogo local plek miejsce""",
    Meaning.BIRTH_PLACE: """
        birthplace placeofbirth pob birthcity birthtown cityofbirth townofbirth birthstate
        stateofbirth birthcountry countryofbirth birthcounty countryborn bpl
        geburtsort geburtsland lieudenaissance lieunaissance paysdenaissance
        lugardenacimiento lugarnacimiento paisdenacimiento luogodinascita comunedinascita
        naturalidade geboorteplaats miejsceurodzenia fodelseort fodested syntymapaikka
        dogumyeri""",
    Meaning.PHONE: """
        phone phonenumber phoneno phonenum telephone telephonenumber telephoneno tel telno telnr
        mobile mobileno mobilenumber mobilephone cell cellphone homephone homephonenumber
        contactnumber contactno contactphone fullphonenumber daytimephone landline
        telefon telefonnummer handy handynummer mobilnummer mobil rufnummer telephonemobile
        portable telefono movil celular cellulare telefone telemovel telefoon telefoonnummer
        mobiel numertelefonu puhelin puhelinnumero telefonu""",
    Meaning.EMAIL: """
        email emailaddress emailaddr electronicmail emailid emailadresse
        courriel adressemail adresseelectronique correo correoelectronico emaildirizzo
        postaelettronica mailadres epost sahkoposti eposta""",
    Meaning.NATIONAL_ID: """
        ssn socialsecuritynumber socialsecurity socialsecurityno socsecid socsecno socsec ssnum
        ssnid ssnno nationalid nationalidnumber nationalidentifier nationalinsurancenumber
        nationalinsuranceno nationalinsurance nino ninumber nhsnumber nhsno nhsnum nhsid chi
        chinumber hcn healthcardnumber medicarenumber medicareno medicare medicareid
        personalnumber personalid personalidentificationnumber pin socialinsurancenumber sin
        upn uln uniquepupilnumber passport passportno passportnumber driverslicense
        driverslicence driverlicense drivinglicence drivinglicencenumber
        driverslicensenumber
        licensenumber taxid taxnumber tin itin pps ppsn ppsnumber aadhaar aadhaarnumber pan
        sozialversicherungsnummer svnr svnummer versichertennummer steuerid nir numerosecu
        numsecu numerodesecuritesociale dni nif nie curp rfc codicefiscale cf codfiscale
        cpf rg bsn burgerservicenummer sofinummer pesel personnummer fodselsnummer
        cpr cprnummer hetu henkilotunnus tckimlik tckimlikno tckn cnp rodnecislo""",
    Meaning.OCCUPATION: """
        occupation profession job jobtitle trade occ beruf metier ocupacion profesion oficio
        professione profissao beroep zawod yrke ammatti meslek""",
    Meaning.ORIGIN: """
        race ethnicity ethnicgroup ethniccode ethnic raceethnicity racecode ethniccategory
        ethnicorigin hispanic ancestry religion faith nationality citizenship
        herkunft staatsangehoerigkeit nationalitaet konfession nationalite nacionalidad
        nazionalita nacionalidade nationaliteit raca""",
    Meaning.DEATH_DATE: """
        deathdate dateofdeath dod died sterbedatum todesdatum datededeces datedeces
        fechadefuncion datadimorte dataobito""",
    Meaning.DATE: """
        date eventdate admissiondate admitdate dischargedate registrationdate regdate regdt
        registrdt startdate enddate createddate updateddate filedate snapshotdt visitdate
        datum dateevent timestamp created updated modified lastupdated""",
    Meaning.ROW_ID: """
        id recid recordid recordno recordnumber recno record rowid rowno rownumber row rownum
        index idx key uid uuid guid pk sequence seq seqno serial serialno serialnumber nr
        idno idnumber uniqueid identifier entid entityid personid pid patientid clientid
        customerid memberid
        caseid caseref caseno casenumber ref reference refno voterid voterregnum voterno
        clusterid simulantid householdid truthid matchid linkid unnamed""",
}
"""Names of columns by what they hold."""

NOISE: Final = """
    the a an of my own person persons people patient pat pt client customer cust member mem
    applicant subject voter student pupil employee individual current cur present primary main
    legal text txt raw orig original clean cleaned std standardised standardized norm normalised
    code cd desc description value val field col column c full reported recorded registered
    usual home residential residence res resident"""
"""Words in a header that say nothing about what the column holds."""

SOMEBODY_ELSE: Final = """
    mother father parent spouse partner husband wife child guardian guarantor carer kin nok
    nextofkin emergency contact doctor dr gp physician clinician provider employer company
    organisation organization org school college hospital agent officer lawyer witness landlord
    bank mutter vater mere pere madre padre moeder vader mae pai matka ojciec"""
"""Words in a header by which the column is about somebody else than the person; `mothers` too."""

ID_WORDS: Final = "id ids key uid uuid guid ref reference pk idx index urn identifier serial"
"""Last words of the names of an agency's own numbers."""

PASSING: Final = """
    status type flag score band count amount total income wages salary price cost tenure
    housing marital maritalstatus relationship relationtohead household party precinct ward
    version source system batch note notes comment comments remark remarks reason outcome result
    offence diagnosis year month day week quarter time latitude longitude lat lon lng
    title prefix salutation anrede titel civilite suffix sufx generation language"""
"""Words in a header of what changes, or says little of who the person is."""
